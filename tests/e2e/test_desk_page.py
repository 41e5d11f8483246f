"""The desk's page in a real browser: a clerk with a keyboard and a scanner, one tap after the other."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cardreader.emulator.issuer import IssuedCard
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import tampered
from tests.integration.clinics.conftest import OpenDesk
from tests.integration.clinics.fake_gateway import FakeGateway
from tests.integration.clinics.world import qr_text

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
SECONDS = 15_000
Cards = Callable[[str], IssuedCard]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        install = [str(ROOT / "packaging" / "system-packages.sh"), "chromium"]
        if subprocess.run(install, check=False, capture_output=True).returncode != 0:
            pytest.skip("Debian's chromium cannot be had here")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, open_desk: OpenDesk) -> Iterator[Page]:
    """The reception page, signed in by keyboard; whatever the browser complains about fails the test."""
    complaints: list[str] = []
    opened = browser.new_page(viewport={"width": 1366, "height": 768})
    opened.set_default_timeout(SECONDS)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    opened.goto(open_desk.address)
    opened.keyboard.type("Trần Thị Tiếp Đón")
    opened.keyboard.press("Tab")
    opened.keyboard.type("033190000009")
    opened.keyboard.press("Enter")
    expect(opened.get_by_label("Quét mã QR")).to_be_focused()
    yield opened
    opened.close()
    assert [said for said in complaints if "422" not in said] == []


def _scan(page: Page, sample: str) -> None:
    """Do what a scanner does: type into the focused field and press Enter."""
    page.keyboard.insert_text(qr_text(sample))
    page.keyboard.press("Enter")


def test_a_tap_is_told_live_and_ends_in_one_large_answer(
    page: Page,
    open_desk: OpenDesk,
    card: Cards,
) -> None:
    live = page.locator("#tap")
    assert live.get_attribute("aria-live") == "polite"
    _scan(page, "mau-thu")
    expect(live).to_contain_text("Đặt thẻ căn cước lên đầu đọc")
    open_desk.reader.laid = card("mau-thu")
    expect(live.get_by_role("heading", name="Được hưởng bảo hiểm y tế")).to_be_visible(timeout=SECONDS)
    expect(live).to_contain_text("NGUYỄN THỊ MẪU THỬ")
    expect(live).to_contain_text("80\N{NO-BREAK SPACE}%")
    expect(page.get_by_role("complementary")).to_contain_text("NGUYỄN THỊ MẪU THỬ")


def test_no_fact_of_the_answer_stands_beyond_its_column(page: Page, open_desk: OpenDesk, card: Cards) -> None:
    _scan(page, "mau-thu")
    open_desk.reader.laid = card("mau-thu")
    facts = page.locator("#tap .facts dd")
    expect(facts.filter(has_text="chip-proven")).to_be_visible(timeout=SECONDS)
    assert facts.evaluate_all("found => found.filter(one => one.scrollWidth > one.clientWidth).length") == 0


def test_the_next_card_can_be_scanned_at_once_without_a_mouse(
    page: Page,
    open_desk: OpenDesk,
    card: Cards,
) -> None:
    open_desk.reader.laid = card("mau-thu")
    _scan(page, "mau-thu")
    expect(page.locator("article.good")).to_be_visible(timeout=SECONDS)
    entry = page.get_by_label("Quét mã QR")
    expect(entry).to_be_focused()
    expect(entry).to_have_value("")
    open_desk.reader.laid = card("vo-danh")
    _scan(page, "vo-danh")
    expect(page.get_by_role("heading", name="Không được hưởng bảo hiểm y tế")).to_be_visible(timeout=SECONDS)


def test_a_forged_card_says_what_to_do(page: Page, open_desk: OpenDesk, card: Cards) -> None:
    open_desk.reader.laid = tampered(card("mau-thu"), SAMPLES["mau-thu"], "dg1")
    _scan(page, "mau-thu")
    expect(page.get_by_role("heading", name="Thẻ không được xác thực")).to_be_visible(timeout=SECONDS)
    expect(page.locator(".remedy")).to_contain_text("báo người phụ trách")
    assert open_desk.fake.stored == {}


def test_a_gateway_that_is_away_is_never_shown_as_covered(
    page: Page,
    open_desk: OpenDesk,
    card: Cards,
) -> None:
    open_desk.fake.broken = lambda _path: FakeGateway.outcome(503, "x")
    open_desk.reader.laid = card("mau-thu")
    _scan(page, "mau-thu")
    expect(page.get_by_role("heading", name="Chưa xác định được quyền lợi BHYT")).to_be_visible(
        timeout=SECONDS
    )


def test_a_wrong_number_is_said_beside_the_field_and_escape_gives_a_waiting_tap_up(page: Page) -> None:
    page.keyboard.type("12345")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("12 chữ số")
    entry = page.get_by_label("Quét mã QR")
    expect(entry).to_have_value("12345")
    entry.fill("")
    _scan(page, "mau-thu")
    expect(page.locator("#tap")).to_contain_text("Đặt thẻ căn cước lên đầu đọc")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#tap")).to_contain_text("Sẵn sàng tiếp đón người bệnh")


def test_signing_out_clears_every_window_of_the_session(page: Page, open_desk: OpenDesk, card: Cards) -> None:
    open_desk.reader.laid = card("mau-thu")
    _scan(page, "mau-thu")
    expect(page.locator("article.good")).to_be_visible(timeout=SECONDS)
    with page.expect_popup() as opened:
        page.evaluate("window.open('/', '_blank') !== undefined")
    opened.value.get_by_role("button", name="Kết thúc phiên").click()
    expect(page.get_by_label("Họ và tên nhân viên")).to_be_visible(timeout=SECONDS)
    expect(page.get_by_text("NGUYỄN THỊ MẪU THỬ")).to_have_count(0)


def test_every_field_has_a_label_and_text_stands_out_from_its_ground(page: Page) -> None:
    unnamed = page.evaluate(
        "[...document.querySelectorAll('input:not([type=hidden])')].filter(i => !i.labels.length).length"
    )
    assert unnamed == 0
    assert page.evaluate(_CONTRAST) == []


# WCAG 2.1 §1.4.3: 4.5:1 for text, against the nearest ground that is painted.
_CONTRAST = """
() => {
  const parts = (color) => color.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const found = parts(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('body *')]
    .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
    .map((node) => {
      const [one, two] = [light(parts(getComputedStyle(node).color)), light(ground(node))];
      return [(Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05), node.textContent.trim()];
    })
    .filter(([ratio]) => ratio < 4.5);
}
"""
