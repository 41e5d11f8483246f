"""The desk's pages over HTTP: who may ask, what is said live, and what is never written down."""

import re
import socket
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from cardreader.emulator.issuer import IssuedCard
from clinics.desk import server
from clinics.desk.stream import STREAM_LIMIT
from tests.integration.clinics.browser import clerk, lines, page_token, tap
from tests.integration.clinics.conftest import OpenDesk
from tests.integration.clinics.fake_gateway import FakeGateway
from tests.integration.clinics.world import qr_text

VENDOR = Path(__file__).parents[3] / "clinics" / "desk" / "static" / "vendor"
Cards = Callable[[str], IssuedCard]


def test_nobody_sees_the_page_without_signing_in(open_desk: OpenDesk) -> None:
    with httpx.Client(base_url=open_desk.address) as browser:
        answer = browser.get("/")
        assert (answer.status_code, answer.headers["location"]) == (302, "/sign-in")
        assert browser.get("/events", headers={"HX-Request": "true"}).status_code == 401


@pytest.mark.parametrize(("name", "number"), [("Trần", "033190000009"), ("Trần Thị", "12345")])
def test_a_clerk_without_a_name_or_number_is_not_signed_in(
    open_desk: OpenDesk, name: str, number: str
) -> None:
    with httpx.Client(base_url=open_desk.address) as browser:
        token = page_token(browser.get("/sign-in").text)
        form = {"full_name": name, "id_number": number, "csrf_token": token}
        answer = browser.post("/sign-in", data=form)
        assert answer.status_code == 422
        assert "12 chữ số trên thẻ căn cước của bạn" in answer.text
        assert browser.get("/").status_code == 302


@pytest.mark.parametrize("host", ["desk.example", "127.0.0.1", "127.0.0.1:1", "localhost.example:80"])
def test_a_page_asked_for_under_a_foreign_name_is_refused(open_desk: OpenDesk, host: str) -> None:
    answer = httpx.get(open_desk.address + "sign-in", headers={"Host": host})
    assert answer.status_code == 403
    assert "csrf_token" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"X-CSRF-Token": "guess"}],
    ids=["other-origin", "other-site", "wrong-token"],
)
def test_another_site_cannot_start_a_tap(open_desk: OpenDesk, headers: dict[str, str]) -> None:
    with clerk(open_desk) as browser:
        answer = browser.post("/taps", data={"entry": qr_text("mau-thu")}, headers=headers)
    assert answer.status_code in {401, 403}


def test_every_answer_forbids_inline_code_framing_and_keeping(open_desk: OpenDesk) -> None:
    with clerk(open_desk) as browser:
        for path in ("/", "/sign-in", "/static/desk.css", "/nowhere"):
            headers = browser.get(path).headers
            assert "unsafe" not in headers["content-security-policy"]
            assert "default-src 'none'" in headers["content-security-policy"]
            assert headers["x-frame-options"] == "DENY"
        assert browser.get("/").headers["cache-control"] == "no-store"
        cookie = browser.get("/").headers.get("set-cookie", "") or str(browser.cookies)
        assert cookie
        page = browser.get("/").text
    assert not re.search(r"<script(?![^>]*src=)|\son[a-z]+=|style=", page)


def test_what_is_scanned_before_the_page_is_ready_cannot_get_into_its_address(open_desk: OpenDesk) -> None:
    with clerk(open_desk) as browser:
        field = re.search(r'<input id="entry"[^>]*>', browser.get("/").text)
        assert field
        assert " disabled " in field[0]


def test_the_page_tells_the_tap_live_until_the_answer(open_desk: OpenDesk, card: Cards) -> None:
    with clerk(open_desk) as browser:
        titles = tap(open_desk, browser, card("mau-thu"), "mau-thu")
        page = browser.get("/").text
    assert titles[-1] == "Được hưởng bảo hiểm y tế"
    assert "80\N{NO-BREAK SPACE}%" in page
    assert "NGUYỄN THỊ MẪU THỬ" in page
    assert len(open_desk.fake.stored) == 1


def test_a_refusal_says_why_and_what_to_do_in_both_languages(open_desk: OpenDesk, card: Cards) -> None:
    open_desk.fake.presence = FakeGateway.json(422, {"code": "proof.group-changed"})
    with clerk(open_desk) as browser:
        assert tap(open_desk, browser, card("mau-thu"), "mau-thu")[-1] == "Thẻ không được xác thực"
        page = browser.get("/").text
    assert "thẻ có thể bị làm giả" in page
    assert "What to do" in page


def test_a_fault_that_nobody_foresaw_ends_the_tap_in_sight_and_is_logged_without_its_words(
    open_desk: OpenDesk, card: Cards, caplog: pytest.LogCaptureFixture
) -> None:
    open_desk.reader.fault = OverflowError("the card of NGUYỄN THỊ MẪU THỬ, 033300000001")
    with clerk(open_desk) as browser:
        assert tap(open_desk, browser, card("mau-thu"), "mau-thu")[-1] == "Máy tiếp đón gặp lỗi chưa biết."
        open_desk.reader.fault = None
        assert tap(open_desk, browser, card("mau-thu"), "mau-thu")[-1] == "Được hưởng bảo hiểm y tế"
    assert "desk.fault during a tap: OverflowError at world.py:" in caplog.text
    assert "MẪU THỬ" not in caplog.text
    assert "033300000001" not in caplog.text


def test_a_number_that_is_none_is_refused_at_once(open_desk: OpenDesk) -> None:
    with clerk(open_desk) as browser:
        answer = browser.post("/taps", data={"entry": "12345"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "12 chữ số" in answer.text


def test_a_new_scan_replaces_one_that_still_waits_for_its_card(open_desk: OpenDesk, card: Cards) -> None:
    with clerk(open_desk) as browser:
        assert browser.post("/taps", data={"entry": qr_text("vo-danh")}).status_code == 202
        titles = tap(open_desk, browser, card("mau-thu"), "mau-thu")
    assert titles[-1] == "Được hưởng bảo hiểm y tế"


def test_a_card_in_work_is_not_disturbed_by_another_scan(open_desk: OpenDesk, card: Cards) -> None:
    with clerk(open_desk) as browser:
        open_desk.fake.delay = 0.5
        open_desk.reader.laid = card("mau-thu")
        browser.post("/taps", data={"entry": qr_text("mau-thu")})
        time.sleep(0.3)
        answer = browser.post("/taps", data={"entry": qr_text("vo-danh")}, headers={"HX-Request": "true"})
        assert answer.status_code == 422
        assert "Đang xử lý thẻ khác" in answer.text


def test_a_waiting_tap_can_be_given_up(open_desk: OpenDesk) -> None:
    with clerk(open_desk) as browser:
        browser.post("/taps", data={"entry": qr_text("mau-thu")})
        assert browser.post("/taps/cancel").status_code == 202
        assert "Sẵn sàng tiếp đón người bệnh" in browser.get("/").text


def test_signing_out_forgets_whom_the_session_saw(open_desk: OpenDesk, card: Cards) -> None:
    with clerk(open_desk) as browser:
        tap(open_desk, browser, card("mau-thu"), "mau-thu")
        form = {"csrf_token": browser.headers["X-CSRF-Token"]}
        assert browser.post("/sign-out", data=form).url.path == "/sign-in"
        assert browser.get("/").url.path == "/sign-in"
    with clerk(open_desk) as browser:
        assert "NGUYỄN THỊ MẪU THỬ" not in browser.get("/").text


def test_a_tap_that_was_in_work_at_sign_out_is_not_shown_to_the_next_clerk(
    open_desk: OpenDesk, card: Cards
) -> None:
    open_desk.fake.delay = 0.3
    open_desk.reader.laid = card("mau-thu")
    with clerk(open_desk) as browser:
        browser.post("/taps", data={"entry": qr_text("mau-thu")})
        time.sleep(0.2)
        browser.post("/sign-out", data={"csrf_token": browser.headers["X-CSRF-Token"]})
    with clerk(open_desk) as browser:
        deadline = time.monotonic() + 10
        while not open_desk.fake.stored and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        page = browser.get("/").text
    assert len(open_desk.fake.stored) == 1
    assert "Sẵn sàng tiếp đón người bệnh" in page
    assert "MẪU THỬ" not in page


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(open_desk: OpenDesk) -> None:
    with clerk(open_desk) as browser, httpx.Client(base_url=open_desk.address) as thief:
        thief.cookies = httpx.Cookies(browser.cookies)
        thief.headers["X-CSRF-Token"] = browser.headers["X-CSRF-Token"]
        assert thief.get("/").status_code == 200
        browser.post("/sign-out", data={"csrf_token": browser.headers["X-CSRF-Token"]})
        with clerk(open_desk):
            assert thief.get("/").headers["location"] == "/sign-in"
            assert thief.get("/events", headers={"HX-Request": "true"}).status_code == 401
            assert thief.post("/taps", data={"entry": qr_text("mau-thu")}).status_code == 401
            assert thief.post("/sign-out").status_code == 401


def test_signing_in_ends_the_session_before(open_desk: OpenDesk) -> None:
    with clerk(open_desk) as first, clerk(open_desk) as second:
        assert first.get("/").url.path == "/sign-in"
        assert second.get("/").url.path == "/"


def test_a_page_left_open_hears_nothing_of_the_next_clerks_patient(open_desk: OpenDesk, card: Cards) -> None:
    with clerk(open_desk) as browser:
        left_open = lines(browser)
        assert next(left_open).startswith("retry")
        with httpx.Client(base_url=open_desk.address, cookies=browser.cookies) as same:
            same.post("/sign-out", data={"csrf_token": browser.headers["X-CSRF-Token"]})
        with clerk(open_desk) as following:
            tap(open_desk, following, card("mau-thu"), "mau-thu")
            heard = "\n".join(left_open)
    assert "event: over" in heard
    assert "MẪU THỬ" not in heard


def test_nothing_of_a_patient_or_clerk_is_written_to_the_disk(open_desk: OpenDesk, card: Cards) -> None:
    with clerk(open_desk) as browser:
        tap(open_desk, browser, card("mau-thu"), "mau-thu")
    words = [
        text.encode() for text in ("033300000001", "MẪU THỬ", "033190000009", "Tiếp Đón", "DN4339900000001")
    ]
    for file in open_desk.directory.iterdir():
        content = file.read_bytes()
        assert not [word for word in words if word in content], file.name


def test_only_so_many_pages_can_be_open_and_the_desk_still_answers(open_desk: OpenDesk) -> None:
    with clerk(open_desk) as browser:
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        host, port = open_desk.address.removeprefix("http://").rstrip("/").split(":")
        request = f"GET /events HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
        pages = [socket.create_connection((host, int(port)), timeout=5) for _ in range(STREAM_LIMIT)]
        try:
            for page in pages:
                page.sendall(request)
                assert page.recv(12) == b"HTTP/1.1 200"
            assert browser.get("/events", headers={"HX-Request": "true"}).status_code == 422
            assert browser.get("/").status_code == 200
        finally:
            for page in pages:
                page.close()


def _half_open(address: str, count: int) -> list[socket.socket]:
    """Open connections that begin a request and never end it."""
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    begun = f"POST /sign-in HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 100\r\n\r\na".encode()
    opened = [socket.create_connection((host, int(port)), timeout=5) for _ in range(count)]
    for connection in opened:
        connection.sendall(begun)
    return opened


def test_a_hundred_and_more_connections_that_say_nothing_do_not_keep_the_clerk_out(
    open_desk: OpenDesk,
) -> None:
    opened = _half_open(open_desk.address, 120)
    try:
        assert httpx.get(open_desk.address + "sign-in", timeout=5).status_code == 200
    finally:
        for connection in opened:
            connection.close()


@pytest.fixture
def _short_of_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CONNECTION_LIMIT", 20)
    monkeypatch.setattr(server, "SILENT_SECONDS", 1)
    monkeypatch.setattr(server, "CLEANUP_SECONDS", 1)


@pytest.mark.usefixtures("_short_of_connections")
def test_when_every_connection_is_taken_the_silent_ones_are_given_up(request: pytest.FixtureRequest) -> None:
    open_desk: OpenDesk = request.getfixturevalue("open_desk")
    opened = _half_open(open_desk.address, 25)
    try:
        assert httpx.get(open_desk.address + "sign-in", timeout=10).status_code == 200
    finally:
        for connection in opened:
            connection.close()


def test_the_page_says_when_the_gateway_is_away(open_desk: OpenDesk) -> None:
    open_desk.fake.broken = lambda _path: FakeGateway.outcome(503, "x")
    deadline = time.monotonic() + 10
    with clerk(open_desk) as browser:
        while "Mất kết nối cổng bảo hiểm" not in browser.get("/").text:
            assert time.monotonic() < deadline, "the page still says that all is well"
            time.sleep(0.2)


def test_the_vendored_files_are_those_that_were_published() -> None:
    listed = dict(reversed(line.split("  ")) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    found = {
        str(path.relative_to(VENDOR)): sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*/*")
    }
    assert found == listed
