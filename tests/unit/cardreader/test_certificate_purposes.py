"""Which certificates of an authority may sign cards, and which pinned certificates are authorities.

Doc 9303-12 §7.1 (certificate profiles); RFC 5280 §4.2 (critical extensions).
"""

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from cardreader.errors import MalformedData
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.evidence import Evidence
from cardreader.proof.passive import verify_passive
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.trust import TrustStore
from tests.unit.cardreader.issuing import NOW, Holder, certify, listing, security_object, usage
from tests.unit.cardreader.people import DG1

AUTHORITY = certify("Test CSCA")
ANY_PURPOSE = x509.ObjectIdentifier("2.5.29.37.0")
MASTER_LIST_SIGNING = x509.ObjectIdentifier("2.23.136.1.1.3")
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")

Extensions = tuple[tuple[x509.ExtensionType, bool], ...]


def purposes(*named: x509.ObjectIdentifier) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage(named)


def checked(signer: Holder, *, pinned: Holder = AUTHORITY) -> Check:
    evidence = Evidence(security_object(listing({1: DG1}), signer), {1: DG1})
    return verify_passive(evidence, TrustStore([parse_certificate(pinned.der)]), at=NOW).check


@pytest.mark.parametrize(
    "extensions",
    [
        pytest.param(((usage("key_encipherment"), True),), id="key usage without digitalSignature"),
        pytest.param(((usage("key_cert_sign", "crl_sign"), True),), id="an authority's key usage"),
        pytest.param(((purposes(ExtendedKeyUsageOID.SERVER_AUTH), False),), id="a TLS server"),
        pytest.param(((purposes(ExtendedKeyUsageOID.CLIENT_AUTH), True),), id="a TLS client"),
        pytest.param(((purposes(MASTER_LIST_SIGNING), True),), id="a master list signer"),
        pytest.param(((UNKNOWN, True),), id="an unknown critical extension"),
        pytest.param(
            (
                (usage("key_encipherment"), True),
                (purposes(ExtendedKeyUsageOID.SERVER_AUTH), True),
                (UNKNOWN, True),
            ),
            id="a TLS server with all of it",
        ),
    ],
)
def test_a_certificate_that_the_authority_issued_for_something_else_signs_no_card(
    extensions: Extensions,
) -> None:
    signer = certify("Not a DS", by=AUTHORITY, extensions=extensions)
    assert checked(signer) == Check("failed", Reason.SIGNER_NOT_PERMITTED)


def test_another_authority_under_the_pinned_one_signs_no_card() -> None:
    assert checked(certify("Sub-CA", by=AUTHORITY, authority=True)) == Check(
        "failed", Reason.SIGNER_NOT_PERMITTED
    )


def test_the_authority_itself_signs_no_card() -> None:
    assert checked(AUTHORITY) == Check("failed", Reason.SIGNER_NOT_PERMITTED)


@pytest.mark.parametrize(
    "extensions",
    [
        pytest.param((), id="no extension"),
        pytest.param(((usage("digital_signature"), True),), id="the profile"),
        pytest.param(((usage("digital_signature", "content_commitment"), False),), id="not critical"),
        pytest.param(((purposes(ANY_PURPOSE), False),), id="any purpose"),
        pytest.param(((UNKNOWN, False),), id="an unknown extension that is not critical"),
    ],
)
def test_a_document_signer_signs_cards(extensions: Extensions) -> None:
    signer = certify("DS", by=AUTHORITY, constrained=False, extensions=extensions)
    assert checked(signer) == Check("passed")


@pytest.mark.parametrize(
    ("constrained", "granted"),
    [(True, ("key_cert_sign", "crl_sign")), (True, ()), (False, ("key_cert_sign",)), (False, ())],
    ids=["the profile", "no key usage", "no basicConstraints", "a root older than both"],
)
def test_a_pinned_root_is_an_authority_unless_its_extensions_say_otherwise(
    constrained: bool, granted: tuple[str, ...]
) -> None:
    extensions: Extensions = ((usage(*granted), True),) if granted else ()
    root = certify("CSCA", constrained=constrained, extensions=extensions)
    assert checked(certify("DS", by=root), pinned=root) == Check("passed")


@pytest.mark.parametrize("constrained", [True, False])
def test_a_pinned_certificate_whose_key_usage_has_no_key_cert_sign_is_no_authority(constrained: bool) -> None:
    root = certify("CSCA", constrained=constrained, extensions=((usage("digital_signature"), True),))
    assert checked(certify("DS", by=root), pinned=root) == Check("not-done", Reason.NO_TRUST_LIST)


def test_a_pinned_certificate_that_another_issued_is_no_authority_without_saying_so() -> None:
    leaf = certify("A leaf", by=AUTHORITY, constrained=False)
    assert checked(certify("DS", by=leaf), pinned=leaf) == Check("not-done", Reason.NO_TRUST_LIST)


def test_a_certificate_with_two_algorithms_for_its_signature_is_malformed() -> None:
    ecdsa_with_sha = b"\x2a\x86\x48\xce\x3d\x04\x03"
    two = (ecdsa_with_sha + b"\x03").join(AUTHORITY.der.rsplit(ecdsa_with_sha + b"\x02", 1))
    with pytest.raises(MalformedData):
        parse_certificate(two)


def test_a_signature_that_is_not_whole_bytes_is_malformed() -> None:
    signature = AUTHORITY.certificate.signature
    odd = AUTHORITY.der.replace(b"\x00" + signature, b"\x01" + signature)
    assert odd != AUTHORITY.der
    with pytest.raises(MalformedData):
        parse_certificate(odd)
