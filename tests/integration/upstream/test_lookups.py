"""Eligibility, history and co-payments as the portal tells them."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from flask import Response

from gateway.upstream.account import Account
from gateway.upstream.client import Portal
from gateway.upstream.errors import PortalAway, PortalLocked, PortalNonsense, PortalRefused, PortalSilent
from tests.integration.upstream.conftest import WHO, asked
from tests.integration.upstream.double_served import Double

VIETNAM = timezone(timedelta(hours=7))


def test_a_card_in_force_is_told_with_its_days(portal: Portal, double: Double) -> None:
    found = portal.eligibility(double.account, WHO)
    assert (found.code, found.insurance_number, found.five_years_from) == (
        "000",
        "9900000001",
        date(2023, 1, 1),
    )
    assert found.card and found.new_card is None
    assert (found.card.number, found.card.valid_from, found.card.valid_to, found.card.primary_facility) == (
        "DN4339900000001",
        date(2026, 1, 1),
        date(2026, 12, 31),
        "33999",
    )


@pytest.mark.parametrize("number", ["9900000001", "033300000001", "DN4339900000001"])
@pytest.mark.parametrize("born", ["12/04/1995", "04/1995", "1995"])
def test_numbers_of_three_lengths_and_partial_births_lead_to_the_card(
    portal: Portal, double: Double, number: str, born: str
) -> None:
    assert portal.eligibility(double.account, asked(number=number, born=born)).code == "000"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "9900000002"}, "050"),
        ({"number": "99"}, "051"),
        ({"full_name": "Trần Thị Mẫu Thử"}, "060"),
        ({"full_name": "Nguyễn Thị Khác"}, "061"),
        ({"born": "1996"}, "070"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refused_card_is_an_answer_and_shows_nobody(
    portal: Portal, double: Double, changes: Mapping[str, str], code: str
) -> None:
    found = portal.eligibility(double.account, asked(**changes))
    assert (found.code, found.full_name, found.card) == (code, None, None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"clerk_id": "033300000008"}, "054"), ({"clerk_name": "AI ĐÓ"}, "055"), ({"born": "05031994"}, "205")],
    ids=["clerk unknown", "clerk's name differs", "birth without slashes"],
)
def test_a_question_that_is_wrong_itself_is_no_answer(
    portal: Portal, double: Double, changes: Mapping[str, str], code: str
) -> None:
    with pytest.raises(PortalRefused) as refused:
        portal.eligibility(double.account, asked(**changes))
    assert refused.value.result == code


@pytest.mark.parametrize(("ends", "code"), [("31/12/2025", "003"), ("31/12/2026", "004")])
def test_a_new_card_is_told_beside_the_old_one(portal: Portal, double: Double, ends: str, code: str) -> None:
    new = {"maTheMoi": "HT2339900000001", "gtTheTuMoi": "01/11/2026", "gtTheDenMoi": "31/10/2027"}
    double.world.cards[0] = {**double.world.cards[0], "gtTheDen": ends, **new}
    found = portal.eligibility(double.account, WHO)
    assert found.code == code
    assert found.new_card and found.new_card.number == "HT2339900000001"
    assert found.new_card.valid_to == date(2027, 10, 31)


def test_a_card_that_has_ended_is_010(portal: Portal, double: Double) -> None:
    double.world.cards[0] = {**double.world.cards[0], "gtTheDen": "21/11/2026"}
    assert portal.eligibility(double.account, WHO).code == "010"


def test_earlier_visits_come_from_their_own_door_in_local_time(portal: Portal, double: Double) -> None:
    (visit,) = portal.history(double.account, WHO)
    assert (visit.facility, visit.arrived) == ("33998", datetime(2026, 8, 1, 8, 15, tzinfo=VIETNAM))


def test_copayments_are_the_running_sum(portal: Portal, double: Double) -> None:
    assert portal.copayments(double.account, WHO).total == Decimal(52000)


def test_204_does_not_tell_an_unknown_card_from_no_costs(portal: Portal, double: Double) -> None:
    found = portal.copayments(double.account, asked(number="9900000002"))
    assert (found.code, found.total) == ("204", None)


def test_500_of_the_copayments_is_a_locked_account_where_its_words_say_so(
    portal: Portal, double: Double
) -> None:
    def limited(path: str) -> Response | None:
        if not path.endswith("MCCT"):
            return None
        return Response('{"MaKetQua":"500","GhiChu":"Tài khoản bị hạn chế"}', mimetype="application/json")

    double.broken = limited
    with pytest.raises(PortalLocked):
        portal.copayments(double.account, WHO)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", PortalNonsense),
        ("<html>", PortalNonsense),
        ('{"maKetQua": "777"}', PortalNonsense),
        ('{"maKetQua": "000", "gtTheTu": "2026-01-01", "maThe": "DN4339900000001"}', PortalNonsense),
        ("[" * 100_000, PortalNonsense),
        ('{"maKetQua": "000", "ghiChu": "' + "x" * 6_000_000 + '"}', PortalSilent),
    ],
    ids=["empty", "a page", "an unknown code", "a day in another form", "nested", "too big"],
)
def test_what_is_no_answer_is_never_taken_for_one(
    portal: Portal, double: Double, body: str, error: type[Exception]
) -> None:
    double.broken = lambda path: Response(body) if path.endswith("2024") else None
    with pytest.raises(error):
        portal.eligibility(double.account, WHO)


def test_a_portal_that_is_away_is_told_from_one_that_is_silent(portal: Portal) -> None:
    with pytest.raises(PortalAway):
        portal.eligibility(Account("33999", "x", "0" * 32, "http://127.0.0.1:9"), WHO)
