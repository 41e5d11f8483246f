"""Covered or not, under which card, and why."""

from dataclasses import replace
from datetime import date

import pytest

from bhyt.records.coverage import Coverage
from bhyt.records.dates import PartialDate
from bhyt.records.eligibility import Clerk, EarlierVisit, EligibilityQuestion
from bhyt.records.person import Person
from gateway.domain.benefits import FacilityFacts
from gateway.domain.eligibility import Known, Proof, Registered, RegisteredCover, answer

ON = date(2026, 7, 15)
PERSON = Person(
    full_name="Nguyễn Thị Hoà",
    birth_date=PartialDate.from_fhir("1995-04-12"),
    sex="female",
    national_id="033300000001",
)
QUESTION = EligibilityQuestion(
    national_id="033300000001",
    insurance_number=None,
    card_number=None,
    full_name="NGUYỄN THỊ HÒA",
    birth_date=PartialDate.from_fhir("1995-04-12"),
    sex="female",
    facility="33999",
    service_date=ON,
    asked_by=Clerk("LÊ THỊ TIẾP ĐÓN", "033190000009"),
    presence_receipt=None,
    entered_by="typed",
)
FACILITY = FacilityFacts("33999", "basic", "provincial", 60)


def held(
    card: str = "DN4339900000001",
    start: date = date(2026, 1, 1),
    end: date | None = date(2026, 12, 31),
    revoked: date | None = None,
    registered: str = "33999",
) -> RegisteredCover:
    cover = Coverage(card_number=card, primary_facility=registered, valid_from=start, valid_to=end)
    return RegisteredCover(cover, revoked)


def known(*covers: RegisteredCover, **changes) -> Known:
    return replace(Known(Registered(PERSON, covers), FACILITY, "typed"), **changes)


def test_a_cover_in_force_is_covered_with_its_rate_and_why() -> None:
    decided = answer(QUESTION, known(held()))
    assert decided.status == "covered"
    assert decided.benefit is not None
    assert (decided.benefit.visit_category, str(decided.benefit.rate)) == ("1.1", "80")
    assert "31/12/2026" in decided.reasons[0].text_vi
    assert decided.warnings == ()


@pytest.mark.parametrize(
    ("covers", "code", "day"),
    [
        ((), "eligibility.no-cover", ""),
        ((held(end=date(2026, 7, 14)),), "eligibility.expired", "14/07/2026"),
        ((held(start=date(2026, 7, 16)),), "eligibility.not-yet", "16/07/2026"),
        ((held(revoked=date(2026, 7, 15)),), "eligibility.revoked", "15/07/2026"),
        (
            (held(end=date(2025, 6, 30)), held(start=date(2026, 8, 1))),
            "eligibility.expired",
            "30/06/2025",
        ),
    ],
    ids=["none", "ended", "not yet", "revoked", "ended and not yet"],
)
def test_without_a_cover_in_force_the_reason_is_named(covers, code: str, day: str) -> None:
    decided = answer(QUESTION, known(*covers))
    assert (decided.status, decided.reasons[0].code) == ("not-covered", code)
    assert day in decided.reasons[0].text_vi
    assert decided.coverage is None


@pytest.mark.parametrize("on", [date(2026, 1, 1), date(2026, 12, 31)])
def test_both_days_of_a_cover_belong_to_it(on: date) -> None:
    assert answer(replace(QUESTION, service_date=on), known(held())).status == "covered"


def test_a_cover_revoked_tomorrow_still_holds_today() -> None:
    assert answer(QUESTION, known(held(revoked=date(2026, 7, 16)))).status == "covered"


def test_the_cover_with_the_best_rate_on_the_day_is_taken() -> None:
    better = held("HN2339900000001")
    ended = held("TE1339900000001", end=date(2026, 7, 1))
    decided = answer(QUESTION, known(held(), better, ended))
    assert decided.coverage == better.cover


def test_of_equal_rates_the_longer_cover_is_taken() -> None:
    longer = held("GD4339900000001", end=None)
    assert answer(QUESTION, known(held(), longer)).coverage == longer.cover


def test_an_unknown_person_is_not_covered() -> None:
    decided = answer(QUESTION, known(registered=None))
    assert (decided.status, decided.reasons[0].code) == ("not-covered", "eligibility.person-unknown")


def chip(**changes) -> dict:
    """What is known with a verified chip of the person."""
    assert PERSON.national_id
    assert PERSON.birth_date
    proof = Proof(PERSON.national_id, PERSON.full_name, PERSON.birth_date)
    return {"assurance": "chip-read", "proof": replace(proof, **changes)}


@pytest.mark.parametrize(
    "changes",
    [
        {"registered": None, "numbers_differ": True},
        {"numbers_differ": True},
        chip(national_id="033192000004"),
    ],
    ids=["of nobody in common", "of somebody", "of another chip"],
)
def test_numbers_of_two_people_say_nothing_of_either(changes: dict) -> None:
    decided = answer(QUESTION, known(held(), **changes))
    assert (decided.status, decided.reasons[0].code) == ("unknown", "eligibility.numbers-differ")
    assert decided.person is None


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"full_name": "Nguyễn Thị Hoa"}, ["eligibility.name-mismatch"]),
        ({"birth_date": PartialDate.from_fhir("1995-04-13")}, ["eligibility.birth-date-mismatch"]),
        (
            {"full_name": "Ai Đó", "birth_date": PartialDate.from_fhir("1990-04-12")},
            ["eligibility.name-mismatch", "eligibility.birth-date-mismatch"],
        ),
        ({"full_name": None}, ["eligibility.identity-needed"]),
        ({"birth_date": None}, ["eligibility.identity-needed"]),
        ({"birth_date": PartialDate.from_fhir("1995")}, ["eligibility.identity-needed"]),
        ({"birth_date": PartialDate.from_fhir("1995-04")}, ["eligibility.identity-needed"]),
    ],
    ids=["name", "birth date", "both", "no name", "no birth date", "the year", "the month"],
)
def test_typed_by_hand_a_difference_gives_no_answer(changes: dict, codes: list[str]) -> None:
    decided = answer(replace(QUESTION, **changes), known(held()))
    assert (decided.status, [reason.code for reason in decided.reasons]) == ("unknown", codes)
    assert (decided.person, decided.coverage, decided.benefit) == (None, None, None)


def test_a_register_that_knows_only_the_year_agrees_with_the_day() -> None:
    vague = Registered(replace(PERSON, birth_date=PartialDate.from_fhir("1995")), (held(),))
    assert answer(QUESTION, known(registered=vague)).status == "covered"


def test_a_chip_that_knows_only_the_year_agrees_with_the_day() -> None:
    decided = answer(QUESTION, known(held(), **chip(birth_date=PartialDate.from_fhir("1995"))))
    assert (decided.status, decided.warnings) == ("covered", ())


def test_with_the_chip_a_difference_is_only_warned_of() -> None:
    decided = answer(QUESTION, known(held(), **chip(full_name="NGUYEN THI HOA")))
    assert decided.status == "covered"
    assert [warning.code for warning in decided.warnings] == ["eligibility.name-mismatch"]


def test_a_name_out_of_the_zone_is_the_registers_name_without_its_diacritics() -> None:
    decided = answer(QUESTION, known(held(), **chip(full_name="NGUYEN THI HOA", zone_name=True)))
    assert (decided.status, decided.warnings) == ("covered", ())
    decided = answer(QUESTION, known(held(), **chip(full_name="NGUYEN THI HUE", zone_name=True)))
    assert [warning.code for warning in decided.warnings] == ["eligibility.name-mismatch"]


def test_history_comes_with_the_chip_and_never_without() -> None:
    history = (EarlierVisit(date(2026, 7, 1), "01999", "1.1"),)
    assert answer(QUESTION, known(held(), history=history)).earlier_visits == ()
    assert answer(QUESTION, known(held(), history=history, **chip())).earlier_visits == history


def test_a_reported_death_and_another_sex_are_warnings_and_cut_nobody_off() -> None:
    reported = Registered(PERSON, (held(),), death_reported=True)
    decided = answer(replace(QUESTION, sex="male"), known(registered=reported))
    assert decided.status == "covered"
    codes = [warning.code for warning in decided.warnings]
    assert codes == ["eligibility.sex-mismatch", "eligibility.death-reported"]


def test_a_facility_without_tier_is_covered_without_an_estimate() -> None:
    decided = answer(QUESTION, known(held(), facility=None))
    assert (decided.status, decided.benefit) == ("covered", None)
    assert [warning.code for warning in decided.warnings] == ["eligibility.no-estimate"]


@pytest.mark.parametrize("registered", [Registered(PERSON, (held(),)), None], ids=["covered", "unknown"])
def test_an_expired_id_card_is_warned_of_whatever_the_answer(registered: Registered | None) -> None:
    decided = answer(QUESTION, known(registered=registered, **chip(expired_on=date(2026, 7, 14))))
    assert [warning.code for warning in decided.warnings] == ["eligibility.card-expired"]
    assert "14/07/2026" in decided.warnings[0].text_vi
