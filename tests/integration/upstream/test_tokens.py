"""Tokens of the portal: ten minutes, one address, renewed once, and an account that is locked."""

import pytest
from flask import Response

from gateway.upstream.account import Account, md5_of
from gateway.upstream.client import Portal
from gateway.upstream.errors import PortalLocked, PortalSilent
from tests.integration.upstream.conftest import WHO, Clock
from tests.integration.upstream.double_served import Double

XML = b"<GIAMDINHHS/>"


def test_one_token_serves_many_questions(portal: Portal, double: Double) -> None:
    for _ in range(3):
        portal.eligibility(double.account, WHO)
    assert double.paths("take") == 1


def test_a_token_is_renewed_before_its_ten_minutes_are_over(
    portal: Portal, double: Double, clock: Clock
) -> None:
    portal.eligibility(double.account, WHO)
    clock.move(9 * 60 + 20)
    portal.eligibility(double.account, WHO)
    assert double.paths("take") == 2


@pytest.mark.parametrize("way", ["query", "headers", "empty 401", "body"])
def test_a_token_that_the_portal_forgot_is_renewed_once_in_every_style(
    portal: Portal, double: Double, way: str
) -> None:
    portal.eligibility(double.account, WHO)
    double.world.sessions.clear()
    if way == "query":
        assert portal.eligibility(double.account, WHO).code == "000"
    elif way == "headers":
        assert portal.send_claim(double.account, XML).code == "200"
    elif way == "empty 401":
        assert portal.copayments(double.account, WHO).code == "200"
    else:
        assert portal.send_document(double.account, "60", b"<HSDLGBT/>").code == "200"
    assert double.paths("take") == 2


def test_a_token_that_is_refused_again_and_again_stops_everything(portal: Portal, double: Double) -> None:
    double.broken = lambda path: None if path.endswith("take") else Response(status=401)
    with pytest.raises(PortalLocked):
        portal.send_claim(double.account, XML)
    assert (double.paths("take"), double.paths("3176")) == (2, 2)


def test_a_wrong_password_is_tried_once(portal: Portal, double: Double) -> None:
    wrong = Account("33999", "33999_BV", md5_of("another"), double.url)
    with pytest.raises(PortalLocked) as locked:
        portal.eligibility(wrong, WHO)
    assert (locked.value.result, double.paths("take")) == ("401", 1)


def test_an_account_that_asks_too_often_is_locked_by_the_portal(portal: Portal, double: Double) -> None:
    for _ in range(5):
        portal.eligibility(double.account, WHO)
    with pytest.raises(PortalLocked):
        portal.eligibility(double.account, WHO)


def test_a_token_is_good_from_one_address_only(double: Double, clock: Clock) -> None:
    """The whole of 127.0.0.0/8 is this machine on Linux, so that two addresses can be had."""
    with Portal(now=clock, pace=lambda _: None, egress="127.0.0.1") as here:
        here.eligibility(double.account, WHO)
    (session,) = double.world.sessions.values()
    assert session.address == "127.0.0.1"
    with Portal(now=clock, pace=lambda _: None, egress="127.0.0.2") as there:
        assert there.eligibility(double.account, WHO).code == "000"
    assert [one.address for one in double.world.sessions.values()] == ["127.0.0.1", "127.0.0.2"]


def test_a_file_whose_fate_is_not_known_is_not_sent_again(portal: Portal, double: Double) -> None:
    double.broken = lambda path: Response("gateway timeout", 504) if path.endswith("3176") else None
    with pytest.raises(PortalSilent):
        portal.send_claim(double.account, XML)
    assert double.paths("guiHoSoXmlQD3176") == 1


def test_the_password_is_in_no_text_of_the_account(double: Double) -> None:
    assert md5_of("huan-luyen") not in repr(double.account)
    assert md5_of("1") == "C4CA4238A0B923820DCC509A6F75849B"  # RFC 1321 has "a"; this one is md5sum's
