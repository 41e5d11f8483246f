"""What no signature covers in signed data: what may vary, and what not (RFC 5652 §5, Doc 9303-10 §4.6.2)."""

from typing import Any

import pytest
from asn1crypto import cms, core, x509

from cardreader.errors import MalformedData
from cardreader.lds.algorithms import plain_algorithm
from cardreader.lds.security_object import parse_security_object
from cardreader.lds.tlv import write_tlv
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.evidence import Evidence
from cardreader.proof.passive import verify_passive
from cardreader.proof.trust import TrustStore
from tests.unit.cardreader.issuing import NOW, certify, listing, revocation_list, security_object
from tests.unit.cardreader.people import DG1

AUTHORITY = certify("CSCA")
SIGNER = certify("DS", by=AUTHORITY)
IDENTIFIED = certify("DS", by=AUTHORITY, identified=True)
LISTING = listing({1: DG1})
SHA256_ID = bytes.fromhex("608648016503040201")
OTHER_FORMAT = cms.RevocationInfoChoice(
    "other", {"other_rev_info_format": "1.2.3.4", "other_rev_info": core.Null()}
)


def parsed(**parts: Any) -> bytes:
    return parse_security_object(security_object(LISTING, SIGNER, **parts)).signer_certificate


@pytest.mark.parametrize("version", [1, 3, 4, 5])
@pytest.mark.parametrize("signers_version", ["v1", "v3"])
@pytest.mark.parametrize("by_key_identifier", [True, False])
def test_every_version_is_read_whatever_is_inside(
    version: int, signers_version: str, by_key_identifier: bool
) -> None:
    sod = security_object(
        LISTING, IDENTIFIED, by_key_identifier=by_key_identifier, single={"version": signers_version}
    )
    version_and_set = b"\x02\x01\x03\x31"
    assert sod.count(version_and_set) == 1
    changed = sod.replace(version_and_set, b"\x02\x01" + bytes([version]) + b"\x31")
    trust = TrustStore([parse_certificate(AUTHORITY.der)])
    assert verify_passive(Evidence(changed, {1: DG1}), trust, at=NOW).check.passed


@pytest.mark.parametrize("version", ["v0", "v2"])
@pytest.mark.parametrize("part", ["whole", "single"])
def test_a_version_that_no_standard_names_is_refused(part: str, version: str) -> None:
    with pytest.raises(MalformedData):
        parsed(**{part: {"version": version}})


def test_content_that_is_not_in_octets_is_refused_in_a_message_of_version_1() -> None:
    """PKCS #7 1.5 let any content stand there (RFC 2315 §7); no security object is written so."""
    kind = cms.ContentType("2.23.136.1.1.1").dump()
    bare = cms.ContentInfo.load(write_tlv(0x30, kind + write_tlv(0xA0, LISTING)))
    with pytest.raises(MalformedData):
        parsed(whole={"version": "v1", "encap_content_info": bare})


def test_lists_that_came_along_are_ignored_in_any_form() -> None:
    plain = cms.RevocationInfoChoice.load(revocation_list(AUTHORITY))
    assert parsed(whole={"crls": [plain]}) == SIGNER.der
    assert parsed(whole={"crls": [plain, OTHER_FORMAT]}) == SIGNER.der


@pytest.mark.parametrize("digests", [[], [{"algorithm": "sha1"}]], ids=["none", "another"])
def test_a_list_of_digests_may_lack_the_signers(digests: list[dict[str, Any]]) -> None:
    assert parsed(whole={"digest_algorithms": digests}) == SIGNER.der


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
