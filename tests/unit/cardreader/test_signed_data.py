"""What no signature covers in signed data is held to the standards (RFC 5652 §5, Doc 9303-10 §4.6.2)."""

from typing import Any

import pytest
from asn1crypto import cms, core, x509

from cardreader.errors import MalformedData
from cardreader.lds.algorithms import plain_algorithm
from cardreader.lds.security_object import parse_security_object
from tests.unit.cardreader.issuing import certify, listing, revocation_list, security_object
from tests.unit.cardreader.people import DG1

AUTHORITY = certify("CSCA")
SIGNER = certify("DS", by=AUTHORITY)
LISTING = listing({1: DG1})
SHA256_ID = bytes.fromhex("608648016503040201")
OTHER_FORMAT = cms.RevocationInfoChoice(
    "other", {"other_rev_info_format": "1.2.3.4", "other_rev_info": core.Null()}
)


def parsed(**parts: Any) -> bytes:
    return parse_security_object(security_object(LISTING, SIGNER, **parts)).signer_certificate


@pytest.mark.parametrize("version", ["v0", "v1", "v2", "v4", "v5"])
def test_another_version_than_what_is_inside_asks_for_is_refused(version: str) -> None:
    with pytest.raises(MalformedData):
        parsed(whole={"version": version})


@pytest.mark.parametrize(("by_key_identifier", "version"), [(False, "v3"), (True, "v1")])
def test_a_signers_version_that_does_not_go_with_how_he_is_named_is_refused(
    by_key_identifier: bool, version: str
) -> None:
    with pytest.raises(MalformedData):
        parsed(by_key_identifier=by_key_identifier, single={"version": version})


def test_lists_that_came_along_are_ignored_and_those_of_another_form_ask_for_version_5() -> None:
    plain = cms.RevocationInfoChoice.load(revocation_list(AUTHORITY))
    assert parsed(whole={"crls": [plain]}) == SIGNER.der
    assert parsed(whole={"crls": [plain, OTHER_FORMAT], "version": "v5"}) == SIGNER.der
    with pytest.raises(MalformedData):
        parsed(whole={"crls": [OTHER_FORMAT]})


@pytest.mark.parametrize("digests", [[], [{"algorithm": "sha1"}]], ids=["none", "another"])
def test_a_list_of_digests_without_the_signers_is_refused(digests: list[dict[str, Any]]) -> None:
    with pytest.raises(MalformedData):
        parsed(whole={"digest_algorithms": digests})


def test_other_digests_may_stand_beside_the_signers() -> None:
    others = [{"algorithm": "sha1"}, {"algorithm": "sha256"}, {"algorithm": "sha512"}]
    assert parsed(whole={"digest_algorithms": others}) == SIGNER.der


def named(*parts: tuple[str, Any]) -> cms.SignerIdentifier:
    issuer = x509.Name("", x509.RDNSequence([[{"type": kind, "value": value}] for kind, value in parts]))
    serial = SIGNER.certificate.serial_number
    return cms.SignerIdentifier("issuer_and_serial_number", {"issuer": issuer, "serial_number": serial})


def test_a_signer_is_named_in_his_certificates_own_words_in_whatever_type_of_text() -> None:
    country = ("country_name", x509.DirectoryString("printable_string", core.PrintableString("VN")))
    same = x509.DirectoryString("printable_string", core.PrintableString("CSCA"))
    other = x509.DirectoryString("utf8_string", core.UTF8String("Csca"))
    assert parsed(single={"sid": named(country, ("common_name", same))}) == SIGNER.der
    with pytest.raises(MalformedData):
        parsed(single={"sid": named(country, ("common_name", other))})


@pytest.mark.parametrize("parameters", ["", "0500"], ids=["absent", "NULL"])
def test_an_algorithm_without_parameters_is_read(parameters: str) -> None:
    body = b"\x06\x09" + SHA256_ID + bytes.fromhex(parameters)
    assert plain_algorithm(b"\x30" + bytes([len(body)]) + body) == SHA256_ID


SHA256 = "0609" + SHA256_ID.hex()


@pytest.mark.parametrize(
    "identifier",
    [
        *("", "3000", "30020500", f"310B{SHA256}"),
        *(f"300D{SHA256}0400", f"300E{SHA256}050100", f"300F{SHA256}05000500"),
    ],
)
def test_an_algorithm_with_anything_else_is_refused(identifier: str) -> None:
    with pytest.raises(MalformedData):
        plain_algorithm(bytes.fromhex(identifier))
