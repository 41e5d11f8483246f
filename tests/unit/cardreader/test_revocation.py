"""Revocation lists: what they take away, which of them count, and which forms are refused.

The lists are written by `cryptography`; those of the openssl program are in tests/integration/cardreader.
"""

import pytest
from cryptography import x509

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds.tlv import write_tlv
from cardreader.proof import revocation
from cardreader.proof.certificates import TRAINING_MARKER, parse_certificate
from cardreader.proof.reasons import NotProven, Reason
from cardreader.proof.revocation import MAX_LIST_BYTES, parse_revocation_list
from cardreader.proof.trust import TrustStore
from tests.unit.cardreader.issuing import NOW, YEAR, Holder, certify, revocation_list, usage

AUTHORITY = certify("CSCA")
SIGNER = certify("DS", by=AUTHORITY)
OTHER = certify("Another DS", by=AUTHORITY)
CRITICAL = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")


def refusal(signer: Holder, *pinned: Holder, lists: tuple[bytes, ...], training: bool = False) -> str | None:
    store = TrustStore(
        [parse_certificate(one.der) for one in pinned],
        lists=map(parse_revocation_list, lists),
        training=training,
    )
    try:
        store.authority_of(parse_certificate(signer.der), at=NOW)
    except NotProven as failure:
        return failure.reason
    return None


def test_a_revoked_signer_is_refused_and_another_passes() -> None:
    lists = (revocation_list(AUTHORITY, SIGNER),)
    assert refusal(SIGNER, AUTHORITY, lists=lists) == Reason.SIGNER_REVOKED
    assert refusal(OTHER, AUTHORITY, lists=lists) is None


def test_an_empty_list_revokes_nobody() -> None:
    assert refusal(SIGNER, AUTHORITY, lists=(revocation_list(AUTHORITY),)) is None


def test_a_stale_list_still_revokes() -> None:
    stale = revocation_list(AUTHORITY, SIGNER, valid=(NOW - YEAR, NOW - YEAR / 2))
    assert refusal(SIGNER, AUTHORITY, lists=(stale,)) == Reason.SIGNER_REVOKED


def test_a_later_list_does_not_lift_what_an_earlier_one_at_hand_revokes() -> None:
    lists = (revocation_list(AUTHORITY, SIGNER), revocation_list(AUTHORITY, OTHER, number=2))
    assert refusal(SIGNER, AUTHORITY, lists=lists) == Reason.SIGNER_REVOKED
    assert refusal(OTHER, AUTHORITY, lists=lists) == Reason.SIGNER_REVOKED


def test_a_list_of_another_key_with_the_authoritys_name_does_not_count() -> None:
    assert refusal(SIGNER, AUTHORITY, lists=(revocation_list(certify("CSCA"), SIGNER),)) is None


def test_a_list_with_a_changed_byte_does_not_count() -> None:
    changed = bytearray(revocation_list(AUTHORITY, SIGNER))
    changed[-1] ^= 1
    assert refusal(SIGNER, AUTHORITY, lists=(bytes(changed),)) is None


def test_another_authority_revokes_nothing() -> None:
    other = certify("Another CSCA")
    assert refusal(SIGNER, AUTHORITY, other, lists=(revocation_list(other, SIGNER),)) is None


def test_an_authoritys_next_key_revokes_what_the_old_one_signed() -> None:
    new = certify("CSCA")
    link = certify("CSCA", by=AUTHORITY, key=new.key, authority=True)
    assert refusal(SIGNER, AUTHORITY, link, lists=(revocation_list(new, SIGNER),)) == Reason.SIGNER_REVOKED


def test_a_key_that_may_not_sign_lists_revokes_nothing() -> None:
    authority = certify("CSCA", extensions=((usage("key_cert_sign"), True),))
    signer = certify("DS", by=authority)
    assert refusal(signer, authority, lists=(revocation_list(authority, signer),)) is None


def test_a_revoked_link_leads_nowhere() -> None:
    new = certify("New")
    link = certify("New", by=AUTHORITY, key=new.key, authority=True)
    lists = (revocation_list(AUTHORITY, link),)
    assert refusal(certify("DS", by=new), AUTHORITY, link, lists=lists) == Reason.AUTHORITY_REVOKED


def test_an_authority_that_revoked_itself_vouches_for_nobody() -> None:
    lists = (revocation_list(AUTHORITY, AUTHORITY),)
    assert refusal(SIGNER, AUTHORITY, lists=lists) == Reason.AUTHORITY_REVOKED


def test_a_training_authority_of_a_real_ones_name_revokes_nothing_outside_training() -> None:
    training = certify("CSCA", unit=TRAINING_MARKER)
    assert refusal(SIGNER, AUTHORITY, training, lists=(revocation_list(training, SIGNER),)) is None


@pytest.mark.parametrize(
    "extension",
    [
        pytest.param(x509.DeltaCRLIndicator(1), id="a list of changes"),
        pytest.param(
            x509.IssuingDistributionPoint(None, None, False, False, None, True, False), id="several issuers"
        ),
        pytest.param(CRITICAL, id="an unknown extension"),
    ],
)
def test_a_list_with_a_critical_extension_is_refused(extension: x509.ExtensionType) -> None:
    with pytest.raises(MalformedData):
        parse_revocation_list(revocation_list(AUTHORITY, extensions=((extension, True),)))


GENUINE = revocation_list(AUTHORITY, SIGNER, OTHER)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(GENUINE[:-1], id="cut"),
        pytest.param(GENUINE + b"\x00", id="bytes left over"),
        pytest.param(AUTHORITY.der, id="a certificate"),
        pytest.param(write_tlv(0x30, b""), id="an empty sequence"),
        pytest.param(
            b"\xce\x3d\x04\x03\x03".join(GENUINE.rsplit(b"\xce\x3d\x04\x03\x02", 1)), id="two algorithms"
        ),
    ],
)
def test_what_is_no_list_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedData):
        parse_revocation_list(data)


def test_lists_are_taken_up_to_named_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OversizedData):
        parse_revocation_list(bytes(MAX_LIST_BYTES + 1))
    monkeypatch.setattr(revocation, "MAX_REVOKED", 2)
    assert len(parse_revocation_list(GENUINE).serials) == 2
    monkeypatch.setattr(revocation, "MAX_REVOKED", 1)
    with pytest.raises(OversizedData):
        parse_revocation_list(GENUINE)


def test_a_list_knows_which_one_it_stands_for() -> None:
    first, second = (parse_revocation_list(revocation_list(AUTHORITY, number=number)) for number in (1, 2))
    foreign = parse_revocation_list(revocation_list(certify("Another CSCA"), number=3))
    assert second.supersedes(first)
    assert not first.supersedes(second)
    assert not foreign.supersedes(first)
    assert not first.supersedes(first)
