"""Whose signature it is: fingerprints, tax codes, organizations, authorities, and when each held."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from bhyt.errors import SignersUnreadable
from bhyt.national.signature import SignatureFound, verify_signature
from bhyt.national.signature_making import sign_document, sign_enveloped
from bhyt.national.signature_signers import Signature, Signer, Signers, judge
from bhyt.national.signature_table import read_signers
from failures import all_failures
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE
from tests.unit.bhyt.signers import HOSPITAL, SIGNED_AT, TAX_CODE, Key, authority, hospital, subject

DAY = date(2026, 9, 17)
ROOT = authority()
ISSUED = hospital(ROOT)
ALONE = hospital()


def found(key: Key, brought: tuple[Key, ...] = ()) -> SignatureFound:
    """What a check-in file that `key` signed says."""
    return replace(
        verify_signature(sign_enveloped(CHECK_IN, key)),
        others=tuple(one.certificate.public_bytes(Encoding.DER) for one in brought),
    )


def by_fingerprint(key: Key, facility: str = "33999", **more: date) -> Signer:
    return Signer(facility, fingerprint=key.certificate.fingerprint(hashes.SHA256()), **more)


def signature(key: Key, *known: Signer, on: date = DAY, roots: tuple[Key, ...] = (ROOT,)) -> Signature:
    authorities = tuple(root.certificate for root in roots)
    return judge(found(key), facility="33999", signers=Signers(known, authorities), on=on)


def test_a_certificate_that_the_table_names_by_its_fingerprint_needs_no_authority() -> None:
    judged = signature(ALONE, by_fingerprint(ALONE), roots=())
    assert judged == Signature("valid", HOSPITAL, "enveloped", None)
    assert judged.to_json() == {"status": "valid", "signer": HOSPITAL, "profile": "enveloped"}


def test_without_a_table_every_signer_is_unknown_and_still_named() -> None:
    assert signature(ISSUED) == Signature("unknown-signer", HOSPITAL, "enveloped", "signature.unknown-signer")


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(Signer("33999", tax_code=TAX_CODE), id="tax code"),
        pytest.param(Signer("33999", organization=HOSPITAL), id="organization"),
        pytest.param(
            Signer("33999", organization="  BỆNH VIỆN ĐA KHOA  MẪU THỬ"), id="organization in capitals"
        ),
        pytest.param(Signer("33999", tax_code=TAX_CODE, organization=HOSPITAL), id="both"),
    ],
)
def test_a_name_is_believed_when_an_authority_of_the_folder_issued_the_certificate(known: Signer) -> None:
    assert signature(ISSUED, known).status == "valid"
    assert signature(ISSUED, known, roots=()).status == "unknown-signer"
    assert signature(ALONE, known).status == "unknown-signer"


@pytest.mark.parametrize(
    "known",
    [
        Signer("33999", tax_code="0100000002"),
        Signer("33999", organization="Bệnh viện Đa khoa Mẫu Thứ"),
        Signer("33999", tax_code=TAX_CODE, organization="Bệnh viện khác"),
        Signer("33999", fingerprint=bytes(32), organization=HOSPITAL),
    ],
)
def test_a_line_that_names_something_else_does_not_mean_this_certificate(known: Signer) -> None:
    assert signature(ISSUED, known).status == "unknown-signer"


def test_a_certificate_of_another_facility_is_foreign() -> None:
    judged = signature(ISSUED, Signer("01001", tax_code=TAX_CODE))
    assert (judged.status, judged.code) == ("foreign", "signature.foreign")


def test_a_finding_is_a_warning_of_r_009_with_the_signers_name() -> None:
    problem = signature(ISSUED).problem()
    assert problem is not None
    assert (problem.rule, problem.severity, problem.value) == ("BHYT-R-009", "warning", HOSPITAL)
    assert signature(ALONE, by_fingerprint(ALONE)).problem() is None


def test_a_certificate_that_two_facilities_share_is_that_of_each() -> None:
    assert signature(ISSUED, Signer("01001", tax_code=TAX_CODE), by_fingerprint(ISSUED)).status == "valid"


@pytest.mark.parametrize(
    ("first", "last", "status"),
    [
        (DAY, DAY, "valid"),
        (DAY + timedelta(days=1), date.max, "unknown-signer"),
        (date.min, DAY - timedelta(days=1), "unknown-signer"),
    ],
)
def test_a_line_holds_from_its_first_day_to_its_last(first: date, last: date, status: str) -> None:
    assert signature(ALONE, by_fingerprint(ALONE, valid_from=first, valid_to=last)).status == status


@pytest.mark.parametrize(
    ("days", "status"),
    [((-1, 1), "valid"), ((-9, -1), "expired"), ((1, 9), "expired"), ((0, 9), "valid"), ((-9, 0), "valid")],
)
def test_a_certificate_must_be_alive_on_the_day_of_the_file(days: tuple[int, int], status: str) -> None:
    key = hospital(days=days)
    assert signature(key, by_fingerprint(key)).status == status


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_that_no_file_can_be_from_is_judged_as_outside_the_certificates_life(day: date) -> None:
    assert signature(ALONE, by_fingerprint(ALONE), on=day).status == "expired"


def test_the_signing_time_that_is_signed_counts_before_the_day_of_the_file() -> None:
    key = hospital(days=(-1, 1))
    signers = Signers((by_fingerprint(key),))
    for at, status in ((SIGNED_AT, "valid"), (SIGNED_AT + timedelta(days=2), "expired")):
        signed = verify_signature(sign_document(DEATH_NOTICE, key, signed_at=at))
        assert judge(signed, facility="33999", signers=signers, on=date(2030, 1, 1)).status == status


def test_the_chain_may_lead_over_an_authority_that_came_along_and_not_over_a_missing_one() -> None:
    below = authority("CA Con Giả Định", ROOT, number=4)
    key = hospital(below)
    signers = Signers((Signer("33999", tax_code=TAX_CODE),), (ROOT.certificate,))
    assert judge(found(key, (below,)), facility="33999", signers=signers, on=DAY).status == "valid"
    assert judge(found(key), facility="33999", signers=signers, on=DAY).status == "unknown-signer"


@pytest.mark.parametrize(
    "middle",
    [
        pytest.param(
            hospital(ROOT, number=5, owner=subject(CN="Không phải CA")), id="one that is no authority"
        ),
        pytest.param(authority("CA Hết Hạn", ROOT, number=5, days=(-9, -1)), id="an expired one"),
        pytest.param(authority("CA Lạ", number=5), id="one that no authority of ours issued"),
    ],
)
def test_a_chain_over_what_cannot_vouch_is_none(middle: Key) -> None:
    key = hospital(middle)
    signers = Signers((Signer("33999", tax_code=TAX_CODE),), (ROOT.certificate,))
    assert judge(found(key, (middle,)), facility="33999", signers=signers, on=DAY).status == "unknown-signer"


@pytest.mark.parametrize(("path_length", "status"), [(None, "valid"), (1, "valid"), (0, "unknown-signer")])
def test_an_authority_vouches_no_further_down_than_its_certificate_allows(
    path_length: int | None, status: str
) -> None:
    root = authority("CA Gốc Giả Định", path_length=path_length)
    below = authority("CA Con Giả Định", root, number=4)
    key = hospital(below)
    signers = Signers((Signer("33999", tax_code=TAX_CODE),), (root.certificate,))
    assert judge(found(key, (below,)), facility="33999", signers=signers, on=DAY).status == status


def test_a_certificate_that_is_not_for_signing_is_believed_by_its_fingerprint_alone() -> None:
    key = hospital(ROOT, usage=False)
    assert signature(key, Signer("33999", tax_code=TAX_CODE)).status == "unknown-signer"
    assert signature(key, by_fingerprint(key)).status == "valid"


def test_a_right_signature_in_the_wrong_profile_is_a_finding() -> None:
    signed = verify_signature(sign_enveloped(DEATH_NOTICE, ALONE))
    judged = judge(signed, facility="33999", signers=Signers((by_fingerprint(ALONE),)), on=DAY)
    assert (judged.status, judged.code) == ("valid", "signature.wrong-profile")


@pytest.mark.parametrize("status", ["none", "broken", "unsupported", "too-large-to-verify"])
def test_what_was_not_verified_is_never_valid_whoever_signed(status: str) -> None:
    claimed = replace(found(ALONE), status=status)
    judged = judge(claimed, facility="33999", signers=Signers((by_fingerprint(ALONE),)), on=DAY)
    assert judged.status == status
    assert judged.code in all_failures()


def test_the_table_and_the_folder_are_read_as_the_page_shows_them(tmp_path: Path) -> None:
    fingerprint = ALONE.certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    table = tmp_path / "signers.csv"
    table.write_text(
        "\ufefffacility,certificate_sha256,tax_code,organization,valid_from,valid_to,note\n"
        f"33999,{fingerprint},,,2026-01-01,2026-12-31,khóa cũ\n"
        f'01001,,{TAX_CODE},"{HOSPITAL}",,,\n',
        encoding="utf-8",
    )
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / "root.pem").write_bytes(ROOT.certificate.public_bytes(Encoding.PEM) * 2)
    (folder / "root.cer").write_bytes(ROOT.certificate.public_bytes(Encoding.DER))
    (folder / "README.txt").write_text("not a certificate")
    assert read_signers(table, folder) == Signers(
        (
            by_fingerprint(ALONE, valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31)),
            Signer("01001", tax_code=TAX_CODE, organization=HOSPITAL),
        ),
        (ROOT.certificate,) * 3,
    )
    assert read_signers(None, None) == Signers()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("facility,name\n33999,x\n", "signers.csv:1"),
        ("organization\nx\n", "signers.csv:1"),
        ("facility,organization\n33999,x\n3399,x\n", "signers.csv:3"),
        ("facility,organization\n33999,\n", "signers.csv:2"),
        ("facility,organization\n33999,x,y\n", "signers.csv:2"),
        ("facility,organization\n33999\n", "signers.csv:2"),
        ("facility,certificate_sha256\n33999,abc\n", "signers.csv:2"),
        ("facility,organization,valid_to\n33999,x,31/12/2026\n", "signers.csv:2"),
        ('facility,organization\n33999,"x\n', "signers.csv"),
        ("", "signers.csv:1"),
    ],
)
def test_a_fault_in_the_table_names_its_line(tmp_path: Path, text: str, place: str) -> None:
    table = tmp_path / "signers.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(SignersUnreadable) as caught:
        read_signers(table, None)
    assert caught.value.place == place


def test_a_missing_table_a_missing_folder_and_a_broken_certificate_are_named(tmp_path: Path) -> None:
    (tmp_path / "broken.cer").write_bytes(b"0")
    for table, folder, place in (
        (tmp_path / "none.csv", None, "none.csv"),
        (None, tmp_path / "none", "none"),
        (None, tmp_path, "broken.cer"),
    ):
        with pytest.raises(SignersUnreadable) as caught:
            read_signers(table, folder)
        assert caught.value.place == place
