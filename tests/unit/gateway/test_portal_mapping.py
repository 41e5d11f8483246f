"""What the portal's codes mean to a desk: all of result_codes.csv, and what no code may become."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from bhyt.records.dates import VIETNAM, PartialDate
from bhyt.records.eligibility import EarlierVisit, EligibilityAnswer
from gateway.domain.eligibility import MISMATCHES, Known, Proof, answer
from gateway.errors import NotServed
from gateway.services.portal_mapping import Mapped, lookup_for, mapped, shown_visits, unanswered
from gateway.upstream.answers import PortalCard, PortalEligibility, PortalVisit
from gateway.upstream.errors import (
    PortalAway,
    PortalBusy,
    PortalError,
    PortalLocked,
    PortalNonsense,
    PortalPaced,
    PortalRefused,
    PortalSilent,
)
from tests.unit.gateway.test_eligibility import FACILITY, ON, QUESTION

OLD = PortalCard("DN4339900000001", date(2026, 1, 1), date(2026, 12, 31), "33999")
NEW = PortalCard("HT2339900000001", date(2026, 7, 1), date(2027, 6, 30), "33999")
FOUND = PortalEligibility(
    code="000",
    note=None,
    full_name="NGUYỄN THỊ HÒA",
    born="12/04/1995",
    sex="Nữ",
    address="Thôn Mẫu",
    insurance_number="9900000001",
    living_area=None,
    five_years_from=None,
    card=OLD,
    new_card=None,
)
PROOF = Proof("033300000001", "NGUYỄN THỊ HÒA", PartialDate(1995, 4, 12))


def asked(found: PortalEligibility, question=QUESTION, proof: Proof | None = None) -> Mapped:
    lookup = lookup_for(question, proof)
    assert lookup is not None
    return mapped(found, question, lookup, today=ON)


def decided(found: PortalEligibility, question=QUESTION, proof: Proof | None = None) -> EligibilityAnswer:
    said = asked(found, question, proof)
    known = Known(
        said.registered,
        FACILITY,
        "typed",
        proof=proof,
        numbers_differ=said.numbers_differ,
        told=said.told,
        remarks=said.remarks,
    )
    return answer(question, known)


def shown(found: EligibilityAnswer) -> tuple[str, str, list[str]]:
    return found.status, found.reasons[0].code, [one.code for one in found.warnings]


COVERED, NOT, UNKNOWN = "covered", "not-covered", "unknown"


@pytest.mark.parametrize(
    ("code", "status", "reason", "warnings"),
    [
        ("000", COVERED, "cover.in-force", []),
        ("001", COVERED, "cover.in-force", ["eligibility.check-papers"]),
        ("002", COVERED, "cover.in-force", ["eligibility.check-papers"]),
        ("003", COVERED, "cover.in-force", ["eligibility.new-card"]),
        ("004", COVERED, "cover.in-force", ["eligibility.new-card"]),
        ("010", NOT, "eligibility.expired", []),
        ("050", NOT, "eligibility.person-unknown", []),
        ("051", NOT, "eligibility.number-wrong", []),
        ("052", NOT, "eligibility.number-wrong", []),
        ("053", NOT, "eligibility.number-wrong", []),
        ("060", UNKNOWN, "eligibility.name-mismatch", []),
        ("061", UNKNOWN, "eligibility.name-mismatch", []),
        ("070", UNKNOWN, "eligibility.birth-date-mismatch", []),
        ("090", UNKNOWN, "eligibility.registration-differs", []),
        ("110", NOT, "eligibility.revoked", []),
        ("120", NOT, "eligibility.reduced", []),
        ("121", NOT, "eligibility.reduced", []),
        ("122", NOT, "eligibility.reduced", []),
        ("123", NOT, "eligibility.reduced", []),
        ("124", NOT, "eligibility.reduced", []),
        ("130", COVERED, "cover.in-force", ["eligibility.child-without-card"]),
    ],
)
def test_each_code_that_judges_a_card_has_its_status_reason_and_warning(
    code: str, status: str, reason: str, warnings: list[str]
) -> None:
    found = decided(replace(FOUND, code=code, new_card=NEW if code in {"003", "004"} else None))
    assert shown(found) == (status, reason, warnings)
    if status != "covered":
        assert (found.person, found.coverage, found.benefit) == (None, None, None)


@pytest.mark.parametrize(
    ("code", "words", "wording"),
    [
        ("002", "BHXH Bộ Công an", "Ministry of Public Security"),
        ("004", "Thẻ BHYT cũ còn giá trị sử dụng", "Old card still valid"),
        ("050", "Không có thông tin thẻ BHYT", "No card information"),
        ("052", "Mã tỉnh cấp thẻ (ký tự 4,5) không đúng", "Province characters 4-5 wrong"),
        ("061", "đúng ký tự đầu", "first characters match"),
        ("090", "Thẻ sai nơi đăng ký KCB ban đầu", "Wrong initial registration"),
        ("121", "Báo giảm chuyển ngoại tỉnh", "moved to other province"),
        ("130", "Trẻ em không xuất trình thẻ BHYT", "Child without card presented"),
    ],
)
def test_the_portals_own_words_stand_behind_ours(code: str, words: str, wording: str) -> None:
    """The words are those of result_codes.csv."""
    found = decided(replace(FOUND, code=code, new_card=NEW if code == "004" else None))
    reason = (*found.warnings, *found.reasons)[0]
    assert words in reason.text_vi
    assert wording in reason.text_en


def test_a_child_of_whom_the_portal_shows_no_card_is_neither_covered_nor_not() -> None:
    found = decided(replace(FOUND, code="130", card=None))
    assert shown(found) == ("unknown", "eligibility.child-without-card", [])
    over = replace(FOUND, code="130", card=replace(OLD, valid_to=date(2026, 7, 14)))
    assert shown(decided(over))[:2] == ("not-covered", "eligibility.expired")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PortalRefused("", result="054"), "không có trong danh sách người sử dụng"),
        (PortalRefused("", result="055"), "Họ tên cán bộ tra cứu không khớp"),
        (PortalBusy("", result="100"), "Lỗi khi lấy dữ liệu sổ thẻ"),
        (PortalLocked("", result="401"), "Lỗi xác thực tài khoản"),
    ],
)
def test_the_portals_words_stand_behind_ours_where_it_gives_no_answer(error: PortalError, words: str) -> None:
    assert words in unanswered(error, today=ON).reason.text_vi


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PortalRefused("", result="054"), "eligibility.clerk-unknown"),
        (PortalRefused("", result="055"), "eligibility.clerk-unknown"),
        (PortalRefused("", result="205"), "eligibility.question-refused"),
        (PortalRefused(""), "eligibility.question-refused"),
        (PortalBusy("", result="100"), "eligibility.source-away"),
        (PortalBusy("", result="101"), "eligibility.source-away"),
        (PortalBusy("", result="500"), "eligibility.source-away"),
        (PortalAway(""), "eligibility.source-away"),
        (PortalPaced(""), "eligibility.source-away"),
        (PortalSilent(""), "eligibility.source-away"),
        (PortalNonsense(""), "eligibility.source-away"),
        (PortalLocked("", result="401"), "eligibility.source-locked"),
        (NotServed("portal.no-account", ""), "eligibility.source-locked"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{type(value).__name__}-{value}",
)
def test_no_answer_is_unknown_with_its_reason(error: PortalError, reason: str) -> None:
    told = unanswered(error, today=ON)
    assert (told.status, told.reason.code) == ("unknown", reason)
    assert told.reason.code not in MISMATCHES


@pytest.mark.parametrize(
    "found",
    [
        replace(FOUND, code="777"),
        replace(FOUND, card=None),
        replace(FOUND, code="001", card=None),
        replace(FOUND, code="003", new_card=None),
        replace(FOUND, card=replace(OLD, valid_from=None)),
        replace(FOUND, card=replace(OLD, number="DN43399")),
        replace(FOUND, born="1995-04-12"),
        replace(FOUND, born="31/02/1995"),
        replace(FOUND, born="1/2/3/1995"),
    ],
    ids=[
        "an unknown code",
        "no card",
        "a soldier's without card",
        "no new card",
        "no first day",
        "a card number that is none",
        "a birth date in another form",
        "a day that does not exist",
        "too many parts",
    ],
)
def test_an_answer_that_cannot_be_read_is_no_answer(found: PortalEligibility) -> None:
    with pytest.raises(PortalNonsense):
        asked(found)


def test_the_dates_of_the_card_decide_even_where_the_code_says_it_is_in_force() -> None:
    ended = replace(FOUND, card=replace(OLD, valid_to=date(2026, 7, 14)))
    assert shown(decided(ended))[:2] == ("not-covered", "eligibility.expired")
    later = replace(FOUND, card=replace(OLD, valid_from=date(2026, 7, 16)))
    assert shown(decided(later))[:2] == ("not-covered", "eligibility.not-yet")


def test_an_expired_card_still_covers_the_day_on_which_it_held() -> None:
    expired = replace(FOUND, code="010", card=replace(OLD, valid_to=date(2026, 7, 10)))
    assert shown(decided(expired))[:2] == ("not-covered", "eligibility.expired")
    assert decided(expired, replace(QUESTION, service_date=date(2026, 7, 9))).status == "covered"


def test_a_code_that_contradicts_its_own_dates_covers_nobody() -> None:
    assert shown(decided(replace(FOUND, code="010")))[:2] == ("not-covered", "eligibility.expired")
    assert decided(replace(FOUND, code="010", card=None)).status == "not-covered"


def test_the_new_card_takes_the_place_of_the_old_one() -> None:
    for code in ("003", "004"):
        found = decided(replace(FOUND, code=code, new_card=NEW))
        assert found.coverage is not None
        assert found.coverage.card_number == NEW.number


def test_until_the_new_card_begins_the_old_one_holds_if_it_still_does() -> None:
    coming = replace(NEW, valid_from=date(2026, 8, 1))
    found = decided(replace(FOUND, code="004", new_card=coming))
    assert found.coverage is not None
    assert found.coverage.card_number == OLD.number
    assert decided(replace(FOUND, code="003", new_card=coming)).status == "not-covered"


def test_the_estimate_is_that_of_the_register_for_the_same_card() -> None:
    found = decided(FOUND)
    assert found.benefit is not None
    assert (found.benefit.visit_category, str(found.benefit.rate)) == ("1.1", "80")


def test_another_persons_name_in_the_answer_shows_nobody() -> None:
    found = decided(replace(FOUND, full_name="TRẦN THỊ KHÁC"))
    assert shown(found)[:2] == ("unknown", "eligibility.name-mismatch")
    assert found.person is None


def test_what_the_portal_leaves_out_of_a_person_is_as_it_was_asked() -> None:
    found = decided(replace(FOUND, full_name=None, born=None, sex=None, insurance_number=None))
    assert found.status == "covered"
    assert found.person is not None
    assert (found.person.full_name, found.person.insurance_number) == ("NGUYỄN THỊ HÒA", "9900000001")


@pytest.mark.parametrize(
    ("changes", "differ"),
    [
        ({"insurance_number": "9900000001"}, False),
        ({"insurance_number": "9900000002"}, True),
        ({"card_number": "DN4339900000001"}, False),
        ({"card_number": "GD4339900000001"}, False),
        ({"card_number": "DN4339900000002"}, True),
    ],
    ids=["its number", "another's number", "its card", "its former card", "another's card"],
)
def test_every_number_of_the_question_must_be_the_persons(changes: dict[str, str], differ: bool) -> None:
    found = decided(FOUND, replace(QUESTION, **changes))
    assert (found.reasons[0].code == "eligibility.numbers-differ") is differ


@pytest.mark.parametrize(
    ("fhir", "portal"), [("1995-04-12", "12/04/1995"), ("1995-04", "04/1995"), ("1995", "1995")]
)
def test_a_birth_date_is_asked_as_precisely_as_it_is_known(fhir: str, portal: str) -> None:
    lookup = lookup_for(replace(QUESTION, birth_date=PartialDate.from_fhir(fhir)), None)
    assert lookup is not None
    assert lookup.born == portal


def test_the_clerk_who_asks_is_named_to_the_portal() -> None:
    lookup = lookup_for(QUESTION, None)
    assert lookup is not None
    assert (lookup.clerk_name, lookup.clerk_id) == ("LÊ THỊ TIẾP ĐÓN", "033190000009")


def test_what_the_chip_proves_is_asked_in_the_place_of_what_was_typed() -> None:
    typed = replace(QUESTION, national_id=None, insurance_number="9900000001", full_name="AI ĐÓ")
    lookup = lookup_for(typed, PROOF)
    assert lookup is not None
    assert (lookup.number, lookup.full_name, lookup.born) == (
        PROOF.national_id,
        "NGUYỄN THỊ HÒA",
        "12/04/1995",
    )


def test_a_name_without_accents_is_asked_with_those_that_were_typed_unless_it_contradicts() -> None:
    zone = replace(PROOF, full_name="NGUYEN THI HOA", zone_name=True)
    for typed, name in (("Nguyễn Thị Hòa", "Nguyễn Thị Hòa"), ("Trần Văn Bê", "NGUYEN THI HOA")):
        lookup = lookup_for(replace(QUESTION, full_name=typed), zone)
        assert lookup is not None
        assert lookup.full_name == name


@pytest.mark.parametrize("missing", ["full_name", "birth_date"])
def test_without_name_and_birth_date_the_portal_is_not_asked(missing: str) -> None:
    assert lookup_for(replace(QUESTION, **{missing: None}), None) is None


def test_of_the_portals_visits_date_facility_and_category_are_shown() -> None:
    at = datetime(2026, 7, 1, 0, 30, tzinfo=VIETNAM)
    visits = [
        PortalVisit("HS-1", "33998", at, None, "1"),
        PortalVisit("HS-2", "33998", at.replace(month=4), None, "1"),
        PortalVisit("HS-3", None, at, None, "1"),
        PortalVisit("HS-4", "33998", None, None, "1"),
        PortalVisit("HS-5", "33997", at, None, None),
    ]
    assert shown_visits(visits, since=date(2026, 5, 1)) == (
        EarlierVisit(date(2026, 7, 1), "33998", "1"),
        EarlierVisit(date(2026, 7, 1), "33997", ""),
    )
