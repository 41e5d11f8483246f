"""What the desk's page says of the proof, and under which session the gateway hears of it."""

from collections.abc import Callable

from cardreader.emulator.issuer import IssuedCard
from tests.integration.clinics.browser import clerk, tap
from tests.integration.clinics.conftest import OpenDesk

Cards = Callable[[str], IssuedCard]


def test_the_page_says_how_surely_the_card_was_proven(open_desk: OpenDesk, card: Cards) -> None:
    with clerk(open_desk) as browser:
        tap(open_desk, browser, card("mau-thu"), "mau-thu")
        page = browser.get("/").text
    assert "Mức xác thực" in page
    assert "Chip gốc, do cơ quan BHXH xác minh (chip-proven)" in page


def test_every_clerks_session_has_a_name_of_its_own_for_the_gateway(open_desk: OpenDesk, card: Cards) -> None:
    cookies = []
    for taps in (2, 1):
        with clerk(open_desk) as browser:
            cookies += list(browser.cookies.values())
            for _ in range(taps):
                open_desk.reader.laid = None
                tap(open_desk, browser, card("mau-thu"), "mau-thu")
            browser.post("/sign-out", data={"csrf_token": browser.headers["X-CSRF-Token"]})
    first, again, following = (stated["session"] for stated in open_desk.fake.presences.statements)
    assert first == again != following
    assert not any(first in cookie or following in cookie for cookie in cookies)
