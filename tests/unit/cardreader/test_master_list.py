"""Master lists taken apart. Those that the openssl program signed are in tests/integration/cardreader."""

import pytest

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds import master_list as lds
from cardreader.lds.master_list import MAX_MASTER_LIST_BYTES, is_signed_message, parse_master_list
from cardreader.lds.tlv import write_tlv
from tests.unit.cardreader.issuing import certify, master_list, revocation_list, signed_message

AUTHORITY = certify("CSCA")
OTHER = certify("Another CSCA")
SIGNER = certify("Signer", by=AUTHORITY)
KIND = "2.23.136.1.1.2"
EMPTY = b"\x30\x05\x02\x01\x00\x31\x00"


def test_the_certificates_come_out_as_they_went_in() -> None:
    found = parse_master_list(master_list(SIGNER, AUTHORITY, OTHER))
    assert found.certificates == (AUTHORITY.der, OTHER.der)
    assert found.signed.signer_certificate == SIGNER.der


def test_certificates_beside_the_signers_are_kept_apart() -> None:
    found = parse_master_list(master_list(SIGNER, OTHER, beside=(AUTHORITY,)))
    assert found.certificates == (OTHER.der,)
    assert AUTHORITY.der in found.signed.certificates


def test_an_empty_list_is_one() -> None:
    assert parse_master_list(master_list(SIGNER)).certificates == ()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(master_list(SIGNER, OTHER)[:-1], id="cut"),
        pytest.param(master_list(SIGNER, OTHER) + b"\x00", id="bytes left over"),
        pytest.param(master_list(SIGNER, OTHER, version=1), id="an unknown version"),
        pytest.param(OTHER.der, id="a certificate"),
        pytest.param(signed_message(b"\x30\x00", SIGNER, content_type=KIND), id="an empty content"),
        pytest.param(signed_message(b"", SIGNER, content_type=KIND), id="no content"),
        pytest.param(signed_message(b"\x30\x00", SIGNER), id="a security object"),
        pytest.param(
            signed_message(
                write_tlv(0x30, b"\x02\x01\x00" + write_tlv(0x31, b"\x04\x01\x00")), SIGNER, content_type=KIND
            ),
            id="something else than certificates",
        ),
        pytest.param(
            signed_message(
                write_tlv(0x30, b"\x02\x01\x00" + write_tlv(0x31, b"\x30\x84\xff\xff\xff\xff")),
                SIGNER,
                content_type=KIND,
            ),
            id="a certificate that claims 4 gigabytes",
        ),
        pytest.param(
            signed_message(
                b"\x30\x05\x02\x01\x00\x31\x00", SIGNER, content_type=KIND, with_certificate=False
            ),
            id="no signer",
        ),
    ],
)
def test_what_is_no_master_list_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedData):
        parse_master_list(data)


def test_lists_are_taken_up_to_named_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OversizedData):
        parse_master_list(bytes(MAX_MASTER_LIST_BYTES + 1))
    monkeypatch.setattr(lds, "MAX_MASTER_LIST_CERTIFICATES", 2)
    assert len(parse_master_list(master_list(SIGNER, AUTHORITY, OTHER)).certificates) == 2
    with pytest.raises(OversizedData):
        parse_master_list(master_list(SIGNER, AUTHORITY, OTHER, SIGNER))


def test_a_message_is_told_from_certificates_and_revocation_lists() -> None:
    assert is_signed_message(master_list(SIGNER, OTHER))
    assert not is_signed_message(OTHER.der)
    assert not is_signed_message(revocation_list(AUTHORITY))
    assert not is_signed_message(b"-----BEGIN CERTIFICATE-----")
    assert not is_signed_message(b"")
