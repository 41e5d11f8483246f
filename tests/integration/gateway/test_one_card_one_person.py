"""An eligibility answer is about the one person whom chip or papers prove, and about this visit."""

from datetime import date, timedelta

import pytest

from bhyt.records.eligibility import Clerk
from gateway.services.eligibility import HISTORY_DAYS
from gateway.services.mismatches import MISMATCHES_PER_HOUR
from tests.integration.gateway.answers import extensions, logged, reasons
from tests.integration.gateway.test_at_once import MANY, at_once
from tests.integration.gateway.world import MOTHER, NOW, THERE, UNKNOWN, World, claim, codes, question

SUBMIT = "/fhir/CoverageEligibilityRequest/$submit"
MOTHERS_NUMBER, MOTHERS_CARD, ANOTHERS_NUMBER = "9900000001", "DN4339900000001", "9900000003"
TODAY = NOW.date()


def says_nothing_of_anybody(answer) -> bool:
    return not {"contained", "insurance"} & answer.json.keys() and not extensions(answer, "earlier-visit")


class TestAChipProvesItsOwnNumberAlone:
    @pytest.mark.parametrize(
        "named",
        [{"insurance_number": MOTHERS_NUMBER}, {"card_number": MOTHERS_CARD}],
        ids=["insurance number", "card"],
    )
    @pytest.mark.parametrize("sample", ["vo-danh", "het-han"])
    def test_a_card_does_not_open_the_record_of_another_person(
        self, world: World, named: dict, sample: str
    ) -> None:
        world.check_in("elsewhere", "SECRET")
        asked = question(
            national_id=None, name=None, birth_date=None, receipt=world.receipt(sample=sample), **named
        )
        answer = world.post("desk", SUBMIT, asked)
        assert extensions(answer, "eligibility-status")[0]["valueCode"] == "unknown"
        assert reasons(answer) == ["eligibility.numbers-differ"]
        assert says_nothing_of_anybody(answer)
        assert "MẪU THỬ" not in answer.text

    def test_numbers_of_the_same_person_are_answered(self, world: World) -> None:
        asked = question(receipt=world.receipt(), insurance_number=MOTHERS_NUMBER, card_number=MOTHERS_CARD)
        assert reasons(world.post("desk", SUBMIT, asked)) == ["cover.in-force"]

    @pytest.mark.parametrize(
        "named", [{"insurance_number": ANOTHERS_NUMBER}, {"card_number": "DN4339900009999"}]
    )
    def test_without_a_chip_too_every_number_leads_to_the_same_person(
        self, world: World, named: dict
    ) -> None:
        answer = world.post("desk", SUBMIT, question(**named))
        assert reasons(answer) == ["eligibility.numbers-differ"]
        assert says_nothing_of_anybody(answer)

    def test_other_numbers_beside_a_chip_are_counted_as_guesses(self, world: World) -> None:
        receipt = world.receipt(sample="vo-danh")
        for number in range(MISMATCHES_PER_HOUR):
            guess = question(national_id=UNKNOWN, receipt=receipt, insurance_number=f"99000{number:05d}")
            assert world.post("desk", SUBMIT, guess).status_code == 200
        refused = world.post("desk", SUBMIT, guess)
        assert (refused.status_code, codes(refused)) == (429, ["request.too-many-mismatches"])

    def test_the_log_names_who_was_shown(self, world: World) -> None:
        asked = question(national_id=None, insurance_number=MOTHERS_NUMBER)
        world.post("desk", SUBMIT, asked, X_Request_Id="shown")
        assert [row.person for row in logged(world, "shown")] == [MOTHER]

    def test_the_log_of_a_refusal_names_everybody_who_was_asked_about(self, world: World) -> None:
        receipt = world.receipt(sample="vo-danh")
        asked = question(national_id=UNKNOWN, receipt=receipt, insurance_number=MOTHERS_NUMBER)
        world.post("desk", SUBMIT, asked, X_Request_Id="refused")
        assert [row.person for row in logged(world, "refused")] == [UNKNOWN, MOTHERS_NUMBER]


class TestWithoutAChipABirthDateIsAsPreciseAsTheRegisters:
    @pytest.mark.parametrize("born", ["1995", "1995-04"])
    def test_a_year_or_month_is_not_enough(self, world: World, born: str) -> None:
        answer = world.post("desk", SUBMIT, question(birth_date=born))
        assert reasons(answer) == ["eligibility.identity-needed"]
        assert says_nothing_of_anybody(answer)


class TestAnExpiredIdCard:
    def test_proves_presence_and_warns_the_clerk(self, world: World) -> None:
        receipt = world.receipt(expiry_date=TODAY - timedelta(days=1))
        answer = world.post("desk", SUBMIT, question(receipt=receipt))
        assert reasons(answer) == ["cover.in-force"]
        assert reasons(answer, "warning") == ["eligibility.card-expired"]
        assert "14/07/2026" in answer.text

    @pytest.mark.parametrize("expiry", [TODAY, None], ids=["its last day", "no expiry"])
    def test_is_no_card_that_still_holds_or_never_ends(self, world: World, expiry: date | None) -> None:
        answer = world.post("desk", SUBMIT, question(receipt=world.receipt(expiry_date=expiry)))
        assert reasons(answer) == ["cover.in-force"]
        assert reasons(answer, "warning") == []


class TestADayOfServiceIsAboutThisVisit:
    @pytest.mark.parametrize(
        "day",
        [date(1, 1, 1), TODAY - timedelta(days=31), TODAY + timedelta(days=31), date(9999, 12, 31)],
        ids=str,
    )
    def test_beyond_thirty_days_around_today_it_is_refused(self, world: World, day: date) -> None:
        answer = world.post("desk", SUBMIT, question(service_date=day))
        assert (answer.status_code, codes(answer)) == (422, ["eligibility.service-date"])

    @pytest.mark.parametrize("days", [-30, 30])
    def test_within_thirty_days_it_is_answered(self, world: World, days: int) -> None:
        asked = question(service_date=TODAY + timedelta(days=days))
        assert world.post("desk", SUBMIT, asked).status_code == 200

    def test_and_does_not_widen_the_window_of_the_history(self, world: World) -> None:
        for days in (HISTORY_DAYS, HISTORY_DAYS + 1):
            start = f"{TODAY - timedelta(days=days)}T08:00:00+07:00"
            body = claim(f"D{days}", facility=THERE) | {"billablePeriod": {"start": start}}
            assert world.post("elsewhere", "/fhir/Claim", body).status_code == 201
        asked = question(receipt=world.receipt(), service_date=TODAY - timedelta(days=30))
        assert len(extensions(world.post("desk", SUBMIT, asked), "earlier-visit")) == 1


class TestTheLimitOfMismatchesHoldsForParallelQuestions:
    def test_no_more_than_the_limit_are_answered(self, world: World) -> None:
        world.token("desk")
        wrong = question(name="AI ĐÓ")
        for _ in range(MISMATCHES_PER_HOUR - 2):
            world.post("desk", SUBMIT, wrong)
        answers = at_once(*[lambda: world.post("desk", SUBMIT, wrong)] * MANY)
        assert sorted(answer.status_code for answer in answers) == [200] * 2 + [429] * (MANY - 2)

    def test_right_questions_use_nothing_up(self, world: World) -> None:
        for _ in range(MISMATCHES_PER_HOUR + 1):
            assert world.post("desk", SUBMIT, question()).status_code == 200


class TestAQuestionIsShort:
    @pytest.mark.parametrize(
        "changes",
        [
            {"asked_by": Clerk("A" * 256, "033190000009")},
            {"asked_by": Clerk("LÊ THỊ TIẾP ĐÓN", "0" * 65)},
            {"name": "A" * 256},
            {"national_id": "0" * 65},
            {"insurance_number": "9" * 65},
            {"card_number": "D" * 65},
        ],
        ids=["clerk's name", "clerk's number", "name", "national id", "insurance number", "card"],
    )
    def test_and_longer_names_and_numbers_are_refused(self, world: World, changes: dict) -> None:
        answer = world.post("desk", SUBMIT, question(**changes))
        assert (answer.status_code, codes(answer)) == (422, ["eligibility.too-long"])

    def test_a_name_of_255_letters_is_taken_and_logged_whole(self, world: World) -> None:
        clerk = Clerk("A" * 255, "033190000009")
        assert world.post("desk", SUBMIT, question(asked_by=clerk), X_Request_Id="long").status_code == 200
        assert [row.clerk_name for row in logged(world, "long")] == [clerk.full_name]
