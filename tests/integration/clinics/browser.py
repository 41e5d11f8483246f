"""A clerk's browser at the desk's page, as far as a test needs one: signed in, scanning, listening."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from cardreader.emulator.issuer import IssuedCard
from tests.integration.clinics.conftest import OpenDesk
from tests.integration.clinics.world import qr_text

CLERK = {"full_name": "Trần Thị Tiếp Đón", "id_number": "033190000009"}


def page_token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


@contextmanager
def clerk(desk: OpenDesk) -> Iterator[httpx.Client]:
    """A browser in which the clerk is signed in."""
    with httpx.Client(base_url=desk.address, timeout=10, follow_redirects=True) as browser:
        token = page_token(browser.get("/sign-in").text)
        page = browser.post("/sign-in", data={**CLERK, "csrf_token": token})
        assert page.status_code == 200
        browser.headers["X-CSRF-Token"] = page_token(page.text)
        yield browser


def lines(browser: httpx.Client, seconds: float = 8, **headers: str) -> Iterator[str]:
    with browser.stream("GET", "/events", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        deadline = time.monotonic() + seconds
        for line in stream.iter_lines():
            yield line
            assert time.monotonic() < deadline, "nothing came in time"


def tap(desk: OpenDesk, browser: httpx.Client, card: IssuedCard, scanned: str) -> list[str]:
    """Scan, lay the card down, and return the titles that the page shows until the answer."""
    assert browser.post("/taps", data={"entry": qr_text(scanned)}).status_code == 202
    desk.reader.laid = card
    titles: list[str] = []
    tone = "idle"
    for line in lines(browser):
        if found := re.search(r'data-tone="(\w+)"', line):
            tone = found[1]
        if found := re.search(r"<h2>(.+)</h2>", line):
            titles.append(found[1])
            if tone not in {"wait", "idle"}:
                break
    return titles
