"""Eligibility by the national portal: outside of any transaction, fail closed, and only what may be shown."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from flask import Response
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from gateway.app import create_app
from gateway.doorstep import MAX_THREADS
from gateway.services import portal_accounts
from gateway.services.mismatches import MISMATCHES_PER_HOUR
from gateway.services.portal_eligibility import QUESTIONS_AT_ONCE, Source
from gateway.services.runtime import Runtime
from gateway.settings import Settings
from gateway.store.database import GATEWAY, Caller
from gateway.store.tables_access import MismatchCount
from gateway.store.tables_portal import PortalAccount
from gateway.store.tables_register import Facility
from gateway.upstream.client import Portal
from tests.integration.gateway.answers import extensions, logged, reasons
from tests.integration.gateway.parcels import claims_file, cut, send, work_off
from tests.integration.gateway.portals import queue, secret, set_account
from tests.integration.gateway.world import HERE, MOTHER, World, codes, question
from tests.integration.upstream.double_served import Double

STRANGER = {
    "maThe": "DN4339900000007",
    "maSoBHXH": "9900000007",
    "cccd": "033300000007",
    "hoTen": "LÝ VĂN NGOÀI SỔ",
    "ngaySinh": "01/02/1980",
    "maDKBD": "33999",
    "gtTheTu": "01/01/2026",
    "gtTheDen": "31/12/2026",
}


@pytest.fixture
def asking(forwarding: World, double: Double) -> World:
    """A world that asks the portal, under a clerk whom the portal knows."""
    double.world.clerks["033190000009"] = "LÊ THỊ TIẾP ĐÓN"
    double.world.cards.append(STRANGER)
    pace = portal_accounts.pacer(forwarding.database, now=forwarding.clock, sleep=lambda _: None)
    source = Source(forwarding.database, Portal(now=forwarding.clock, pace=pace), secret(forwarding))
    held: Runtime = forwarding.app.extensions["gateway"]
    forwarding.app.extensions["gateway"] = replace(held, portal=source)
    return forwarding


def ask(world: World, client: str = "desk", **changes: Any) -> TestResponse:
    return world.post(client, "/fhir/CoverageEligibilityRequest/$submit", question(**changes))


def stranger(**changes: Any) -> dict[str, Any]:
    return {"national_id": "033300000007", "name": "LÝ VĂN NGOÀI SỔ", "birth_date": "1980-02-01"} | changes


def mismatches(world: World) -> int:
    desk = Caller("facility", world.keys["desk"][0], HERE)
    with world.database.begin(desk) as session:
        return sum(session.scalars(select(MismatchCount.count)))


def status(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.text
    (found,) = extensions(answer, "eligibility-status")
    return str(found["valueCode"])


def test_the_portal_answers_where_the_register_knows_nobody(asking: World) -> None:
    answer = ask(asking, **stranger())
    assert (status(answer), reasons(answer)) == ("covered", ["cover.in-force"])
    assert mismatches(asking) == 0


def test_the_register_is_asked_unless_the_operator_chose_the_portal(
    forwarding: World, double: Double
) -> None:
    assert reasons(ask(forwarding, **stranger())) == ["eligibility.person-unknown"]
    assert double.heard == []
    settings: Settings = forwarding.app.extensions["gateway"].settings
    chosen = create_app(settings.model_copy(update={"eligibility_source": "portal"}))
    assert chosen.extensions["gateway"].portal is not None
    chosen.extensions["gateway"].database.dispose()


def test_nothing_is_locked_while_the_portal_is_asked(asking: World, double: Double) -> None:
    """Another writer comes through in the middle: on SQLite any open transaction of ours would stop it."""

    def write(path: str) -> None:
        if path.endswith("2024"):
            change = update(Facility).where(Facility.code == HERE).values(name="Bệnh viện khác")
            with asking.database.begin(GATEWAY) as session:
                session.execute(change)

    double.broken = write
    assert status(ask(asking, **stranger())) == "covered"


def test_questions_beyond_those_that_may_wait_at_once_are_told_to_ask_again(
    asking: World, double: Double
) -> None:
    """All places but one are held, and the one that is left is held while a second question comes."""
    source = asking.app.extensions["gateway"].portal
    nested: list[list[str]] = []

    def ask_too(path: str) -> None:
        if path.endswith("2024"):
            nested.append(reasons(ask(asking, **stranger())))

    double.broken = ask_too
    with ExitStack() as held:
        for _ in range(QUESTIONS_AT_ONCE - 1):
            held.enter_context(source.place())
        assert status(ask(asking, **stranger())) == "covered"
    assert nested == [["eligibility.source-away"]]
    assert double.paths("2024") == 1
    double.broken = lambda _: None
    assert status(ask(asking, **stranger())) == "covered"
    assert QUESTIONS_AT_ONCE < MAX_THREADS


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (Response("", 502), "eligibility.source-away"),
        (Response('{"maKetQua": "101"}'), "eligibility.source-away"),
        (Response('{"maKetQua": "777"}'), "eligibility.source-away"),
        (Response('{"maKetQua": "000"}'), "eligibility.source-away"),
        (Response('{"maKetQua": "205"}'), "eligibility.question-refused"),
        (Response('{"maKetQua": "054"}'), "eligibility.clerk-unknown"),
        (Response("", 403), "eligibility.source-locked"),
    ],
    ids=["no answer", "server error", "unknown code", "nonsense", "refused", "clerk", "locked"],
)
def test_no_answer_is_neither_covered_nor_not_and_no_mismatch(
    asking: World, double: Double, broken: Response, reason: str
) -> None:
    double.broken = lambda path: broken if path.endswith("2024") else None
    answer = ask(asking, **stranger())
    assert (status(answer), reasons(answer)) == ("unknown", [reason])
    assert mismatches(asking) == 0


def test_a_portal_that_is_away_makes_the_answer_unknown(asking: World) -> None:
    set_account(asking, "http://127.0.0.1:9")
    assert reasons(ask(asking, **stranger())) == ["eligibility.source-away"]


def test_an_account_that_the_portal_refuses_is_stopped_and_not_tried_again(
    asking: World, double: Double
) -> None:
    double.world.locked.add("33999_BV")
    for _ in range(2):
        assert reasons(ask(asking, **stranger())) == ["eligibility.source-locked"]
    assert double.paths("take") == 1
    with asking.database.begin(GATEWAY) as session:
        assert session.get_one(PortalAccount, HERE).stopped_result == "403"


def test_a_facility_without_an_account_is_told_so_even_of_a_person_of_the_register(asking: World) -> None:
    with asking.database.begin(GATEWAY) as session:
        portal_accounts.remove(session, HERE, by="test", now=asking.clock())
    answer = ask(asking)
    assert (status(answer), reasons(answer)) == ("unknown", ["eligibility.source-locked"])


def test_a_facility_that_does_not_forward_may_ask(asking: World, double: Double) -> None:
    set_account(asking, double.url, forwards=False)
    assert status(ask(asking, **stranger())) == "covered"
    work_off(asking, send(asking, cut(claims_file("LK-1"))))
    assert queue(asking) == []


def test_guesses_are_counted_and_end_at_the_limit_before_the_portal_is_asked(
    asking: World, double: Double
) -> None:
    for number in range(MISMATCHES_PER_HOUR):
        asking.clock.pass_(seconds=2)  # the double locks an account that asks too often
        answer = ask(asking, **stranger(name=f"AI ĐÓ {number}"))
        assert (status(answer), reasons(answer)) == ("unknown", ["eligibility.name-mismatch"])
    heard = len(double.heard)
    refused = ask(asking, **stranger())
    assert (refused.status_code, codes(refused)) == (429, ["request.too-many-mismatches"])
    assert len(double.heard) == heard


def test_without_a_name_the_portal_is_not_asked(asking: World, double: Double) -> None:
    answer = ask(asking, **stranger(name=None))
    assert reasons(answer) == ["eligibility.identity-needed"]
    assert (double.heard, mismatches(asking)) == ([], 1)


def test_who_asked_about_whom_is_in_the_access_log(asking: World) -> None:
    answer = ask(asking, **stranger())
    (row,) = logged(asking, answer.headers["X-Request-Id"])
    assert (row.action, row.person, row.outcome, row.clerk_id) == (
        "eligibility",
        "033300000007",
        "covered cover.in-force",
        "033190000009",
    )


def test_a_question_in_another_facilitys_name_does_not_reach_the_portal(
    asking: World, double: Double
) -> None:
    answer = ask(asking, "elsewhere", **stranger())
    assert (answer.status_code, double.heard) == (403, [])


VISIT = {"maCSKCB": "01001", "ngayVao": "202607011530", "lyDoVV": "2"}


def earlier(answer: TestResponse) -> list[dict[str, str]]:
    return [
        {part["url"]: next(str(part[key]) for key in part if key != "url") for part in item["extension"]}
        for item in answer.json.get("extension", [])
        if item["url"].endswith("/earlier-visit")
    ]


@pytest.mark.parametrize(("proven", "seen"), [(True, 1), (False, 0)], ids=["proven", "only read"])
def test_visits_elsewhere_are_shown_to_a_chip_that_proved_itself_alone(
    asking: World, double: Double, proven: bool, seen: int
) -> None:
    double.world.visits["9900000001"] = [VISIT]
    answer = ask(asking, receipt=asking.receipt(proven=proven))
    assert status(answer) == "covered"
    found = earlier(answer)
    assert len(found) == seen == double.paths("Lskcb2025")
    assert all(visit.keys() <= {"date", "facility", "category"} for visit in found)


def copaid(answer: TestResponse) -> list[Any]:
    return [one["valueMoney"] for one in extensions(answer, "copayment-this-year")]


@pytest.mark.parametrize("proven", [True, False], ids=["proven", "only read"])
def test_this_years_copayments_are_shown_to_a_chip_that_proved_itself_alone(
    asking: World, double: Double, proven: bool
) -> None:
    answer = ask(asking, receipt=asking.receipt(proven=proven))
    assert status(answer) == "covered"
    assert copaid(answer) == ([{"value": 52000, "currency": "VND"}] if proven else [])
    assert double.paths("MCCT") == int(proven)


def test_nothing_is_said_of_copayments_that_the_portal_does_not_tell(asking: World, double: Double) -> None:
    """204: the card is unknown or nothing was paid, and nobody can tell which."""
    double.world.copayments.clear()
    answer = ask(asking, receipt=asking.receipt())
    assert (status(answer), copaid(answer), reasons(answer, "warning")) == ("covered", [], [])


def test_copayments_that_cannot_be_had_are_a_warning_and_a_restricted_account_stops(
    asking: World, double: Double
) -> None:
    limited = Response('{"MaKetQua":"500","GhiChu":"Tài khoản bị hạn chế"}', mimetype="application/json")
    double.broken = lambda path: limited if path.endswith("MCCT") else None
    answer = ask(asking, receipt=asking.receipt())
    assert (status(answer), copaid(answer)) == ("covered", [])
    assert reasons(answer, "warning") == ["eligibility.copayment-unknown"]
    with asking.database.begin(GATEWAY) as session:
        assert session.get_one(PortalAccount, HERE).stopped_result == "500"


def test_visits_that_cannot_be_had_are_a_warning(asking: World, double: Double) -> None:
    double.broken = lambda path: Response("", 502) if path.endswith("Lskcb2025") else None
    answer = ask(asking, receipt=asking.receipt())
    assert status(answer) == "covered"
    assert "eligibility.history-unknown" in reasons(answer, "warning")


def test_a_number_of_somebody_else_beside_a_proven_chip_shows_nobody(asking: World) -> None:
    answer = ask(asking, receipt=asking.receipt(), insurance_number="9900000007")
    assert (status(answer), reasons(answer)) == ("unknown", ["eligibility.numbers-differ"])
    assert mismatches(asking) == 1


def test_a_typed_number_of_a_person_of_the_register_is_answered_by_the_portal_alone(
    asking: World, double: Double
) -> None:
    double.world.cards[0] = {**double.world.cards[0], "ketQua": "110"}
    answer = ask(asking, national_id=MOTHER)
    assert (status(answer), reasons(answer)) == ("not-covered", ["eligibility.revoked"])


def test_the_egress_setting_is_a_local_address() -> None:
    with pytest.raises(ValueError, match="portal_egress"):
        Settings(portal_egress="gateway.example")
    assert Settings(portal_egress="127.0.0.2").portal_egress == "127.0.0.2"
