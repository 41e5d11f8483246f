"""Passive authentication: what passes, and the one reason that each forgery or fault is refused with."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from cardreader.proof.certificates import TRAINING_MARKER, parse_certificate
from cardreader.proof.evidence import Evidence
from cardreader.proof.passive import PassiveResult, verify_passive
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.trust import TrustStore
from failures import failure
from tests.unit.cardreader.issuing import NOW, YEAR, Holder, certify, listing, security_object
from tests.unit.cardreader.people import DG1, DG13, dg1, zone

FILES = {1: DG1, 13: DG13}
AUTHORITY = certify("Test CSCA")
SIGNER = certify("Test DS", by=AUTHORITY)


def trusting(*holders: Holder, training: bool = False) -> TrustStore:
    return TrustStore((parse_certificate(holder.der) for holder in holders), training=training)


def verify(
    sod: bytes, *, trust: TrustStore | None = None, files: dict[int, bytes] | None = None
) -> PassiveResult:
    evidence = Evidence(sod, FILES if files is None else files)
    return verify_passive(evidence, trusting(AUTHORITY) if trust is None else trust, at=NOW)


def refused(reason: Reason) -> PassiveResult:
    return PassiveResult(Check("failed", reason))


@pytest.mark.parametrize("digest", ["sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("version", [0, 1])
def test_a_genuine_card_passes_with_every_digest_and_lds_version(digest: str, version: int) -> None:
    sod = security_object(listing(FILES, digest=digest, version=version), SIGNER, digest=digest)
    assert verify(sod) == PassiveResult(Check("passed"))


@pytest.mark.parametrize(
    "curve",
    [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1(), ec.BrainpoolP384R1(), ec.BrainpoolP512R1()],
    ids=lambda curve: curve.name,
)
def test_a_genuine_card_passes_on_every_curve(curve: ec.EllipticCurve) -> None:
    authority = certify("CSCA", curve=curve)
    signer = certify("DS", by=authority, curve=curve)
    assert verify(security_object(listing(FILES), signer), trust=trusting(authority)).check.passed


def test_a_signature_without_attributes_covers_the_list_itself() -> None:
    assert verify(security_object(listing(FILES), SIGNER, attributes=False)).check.passed


def test_after_a_change_of_keys_the_right_one_of_two_authorities_with_one_name_is_found() -> None:
    assert verify(
        security_object(listing(FILES), SIGNER), trust=trusting(certify("Test CSCA"), AUTHORITY)
    ).check.passed


def test_groups_that_were_not_read_may_be_listed() -> None:
    assert verify(security_object(listing({**FILES, 2: b"a face"}), SIGNER)).check.passed


def test_a_changed_data_group_is_refused() -> None:
    changed = {**FILES, 1: DG1.replace(b"NGUYEN", b"NGUYEM")}
    assert verify(security_object(listing(FILES), SIGNER), files=changed) == refused(Reason.GROUP_CHANGED)


def test_a_data_group_missing_from_the_list_is_refused() -> None:
    assert verify(security_object(listing({1: DG1}), SIGNER)) == refused(Reason.GROUP_NOT_LISTED)


@pytest.mark.parametrize("files", [{}, {13: DG13}])
def test_evidence_without_dg1_proves_nothing(files: dict[int, bytes]) -> None:
    assert verify(security_object(listing(FILES), SIGNER), files=files) == refused(Reason.GROUP_MISSING)


def test_a_list_signed_by_another_key_is_refused() -> None:
    forger = Holder(certify("Forger").key, SIGNER.certificate)
    assert verify(security_object(listing(FILES), forger)) == refused(Reason.SIGNATURE_INVALID)


@pytest.mark.parametrize("attributes", [True, False])
def test_a_list_changed_after_signing_is_refused(attributes: bool) -> None:
    forged = {**FILES, 1: DG1.replace(b"NGUYEN", b"NGUYEM")}
    genuine = security_object(listing(FILES), SIGNER, attributes=attributes)
    sod = genuine.replace(listing(FILES), listing(forged))
    assert verify(sod, files=forged) == refused(Reason.SIGNATURE_INVALID)


def test_attributes_that_sign_another_content_are_refused() -> None:
    sod = security_object(listing(FILES), SIGNER, signed_digest=bytes(32))
    assert verify(sod) == refused(Reason.SIGNATURE_INVALID)


def test_sha1_is_refused() -> None:
    assert verify(security_object(listing(FILES, digest="sha1"), SIGNER)) == refused(Reason.ALGORITHM_REFUSED)
    sod = security_object(listing(FILES), SIGNER, digest="sha1")
    assert verify(sod) == refused(Reason.ALGORITHM_REFUSED)


def test_sha1_passes_when_it_is_configured() -> None:
    sod = security_object(listing(FILES, digest="sha1"), SIGNER, digest="sha1")
    pinned = [parse_certificate(AUTHORITY.der)]
    assert verify(sod, trust=TrustStore(pinned, sha1=True)) == PassiveResult(Check("passed"))


def test_an_unknown_authority_is_refused() -> None:
    other = trusting(certify("Another CSCA"))
    assert verify(security_object(listing(FILES), SIGNER), trust=other) == refused(Reason.AUTHORITY_UNKNOWN)


def test_an_authority_that_only_borrows_a_pinned_name_is_refused() -> None:
    lookalike = certify("Test CSCA")
    sod = security_object(listing(FILES), certify("Test DS", by=lookalike))
    assert verify(sod) == refused(Reason.AUTHORITY_UNKNOWN)


def test_a_pinned_certificate_that_may_not_sign_others_is_no_authority() -> None:
    leaf = certify("A leaf", authority=False)
    sod = security_object(listing(FILES), certify("DS", by=leaf))
    assert verify(sod, trust=trusting(leaf, AUTHORITY)) == refused(Reason.AUTHORITY_UNKNOWN)


@pytest.mark.parametrize(
    ("authority_years", "signer_years", "reason"),
    [
        pytest.param((-9, -1), (-9, -2), Reason.AUTHORITY_EXPIRED, id="authority expired"),
        pytest.param((-9, 1), (-9, -1), Reason.SIGNER_EXPIRED, id="signer expired"),
        pytest.param((1, 9), (-1, 1), Reason.NOT_YET_VALID, id="authority not yet valid"),
        pytest.param((-9, 9), (1, 2), Reason.NOT_YET_VALID, id="signer not yet valid"),
    ],
)
def test_certificates_count_only_while_they_are_valid(
    authority_years: tuple[int, int], signer_years: tuple[int, int], reason: Reason
) -> None:
    from_to = [(NOW + YEAR * start, NOW + YEAR * end) for start, end in (authority_years, signer_years)]
    authority = certify("CSCA", valid=from_to[0])
    sod = security_object(listing(FILES), certify("DS", by=authority, valid=from_to[1]))
    assert verify(sod, trust=trusting(authority)) == refused(reason)


def test_without_a_trust_list_nothing_is_proven() -> None:
    result = verify(security_object(listing(FILES), SIGNER), trust=trusting())
    assert result.check == Check("not-done", Reason.NO_TRUST_LIST)


def test_a_training_card_counts_in_training_only_and_is_marked() -> None:
    authority = certify("Training CSCA", unit=TRAINING_MARKER)
    sod = security_object(listing(FILES), certify("DS", by=authority))
    assert verify(sod, trust=trusting(authority)) == refused(Reason.TRAINING_CARD)
    assert verify(sod, trust=trusting(authority, training=True)) == PassiveResult(Check("passed"), True)


def test_a_real_card_is_not_marked_as_training_in_training() -> None:
    sod = security_object(listing(FILES), SIGNER)
    assert verify(sod, trust=trusting(AUTHORITY, training=True)) == PassiveResult(Check("passed"), False)


GENUINE = security_object(listing(FILES), SIGNER)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: b"", id="nothing"),
        pytest.param(lambda: GENUINE[:-1], id="cut"),
        pytest.param(lambda: GENUINE + b"\x00", id="bytes left over"),
        pytest.param(lambda: b"\x61" + GENUINE[1:], id="another tag"),
        pytest.param(lambda: b"\x77\x02\x30\x00", id="an empty sequence"),
        pytest.param(lambda: security_object(b"\x30\x00", SIGNER), id="an empty list"),
        pytest.param(lambda: security_object(listing(FILES), SIGNER, with_certificate=False), id="no signer"),
        pytest.param(lambda: security_object(listing(FILES, version=2), SIGNER), id="an unknown version"),
        pytest.param(lambda: security_object(listing({17: b""}), SIGNER), id="data group 17"),
        pytest.param(
            lambda: security_object(listing(FILES), SIGNER, content_type="1.2.840.113549.1.7.1"),
            id="another content type",
        ),
    ],
)
def test_a_broken_security_object_is_a_failed_check_and_not_a_crash(make: Callable[[], bytes]) -> None:
    assert verify(make()) == refused(Reason.SECURITY_OBJECT_MALFORMED)


def test_every_reason_is_in_the_table_of_failures() -> None:
    for reason in Reason:
        assert failure(reason).code == reason


def test_a_vietnamese_card_that_another_pinned_country_signed_is_refused() -> None:
    elsewhere = certify("Test CSCA", country="LA")
    sod = security_object(listing(FILES), certify("Test DS", by=elsewhere, country="LA"))
    assert verify(sod, trust=trusting(elsewhere, AUTHORITY)) == refused(Reason.COUNTRY_DIFFERS)
    alone = verify(sod, trust=trusting(elsewhere))
    assert alone.check.passed  # who pins that country's authority alone has said whose cards it signs
    abroad = {1: dg1(zone().replace("IDVNM", "IDLAO"))}
    signer = certify("Test DS", by=elsewhere, country="LA")
    assert verify(
        security_object(listing(abroad), signer), trust=trusting(elsewhere), files=abroad
    ).check.passed
