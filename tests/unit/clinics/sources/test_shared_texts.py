"""A small workbook whose cells all speak of one long text is refused before calamine copies it for each."""

import io
import re
import zipfile
from collections.abc import Callable

import pytest

from clinics.batch.sources.refusals import SourceRefused
from clinics.batch.sources.sheets import shared_texts
from clinics.batch.sources.sheets.workbook import open_sheet
from tests.unit.clinics.sources.invented import xlsx_bytes

LONG = "x" * 1_000
ROWS = 50


def workbook(text: str = LONG, *, change: Callable[[str, bytes], bytes] = lambda _name, data: data) -> bytes:
    """Return a workbook of ROWS cells with one text, and as many with texts of their own."""
    rows = [{"A": text, "B": f"{number}"} for number in range(ROWS)]
    source, made = zipfile.ZipFile(io.BytesIO(xlsx_bytes(rows))), io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
    return made.getvalue()


def refusal(content: bytes) -> str | None:
    """Return why a workbook is refused."""
    try:
        with open_sheet(io.BytesIO(content)) as sheet:
            list(sheet.rows)
    except SourceRefused as refused:
        return refused.code
    return None


def in_texts(old: str, new: str) -> Callable[[str, bytes], bytes]:
    """Return what changes the part with the shared texts."""
    return lambda name, data: data.replace(old.encode(), new.encode()) if "shared" in name else data


def in_sheet(old: str, new: str) -> Callable[[str, bytes], bytes]:
    """Return what changes the part with the sheet."""
    return lambda name, data: data.replace(old.encode(), new.encode()) if "sheet1" in name else data


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_texts, "MAX_TEXT_BYTES", ROWS * len(LONG) - 1)


def test_cells_that_all_speak_of_one_long_text_are_refused() -> None:
    assert refusal(workbook()) == "sheet.too-large"


def test_one_long_text_among_short_ones_is_read() -> None:
    content = workbook("short", change=in_texts("<t>49</t>", f"<t>{LONG}</t>"))
    assert refusal(content) is None


@pytest.mark.parametrize(
    "change",
    [
        in_texts(LONG, "<!-- </si> -->".join(["x" * 10] * 100)),
        in_texts("<si>", "<!-- <si></si> --><si>"),
        in_sheet('t="s"', "t = 's'"),
        in_sheet("<v>", "<v> "),
        in_sheet("<v>", "<v>+"),
        in_sheet("<v>0</v>", "<v>1</v><v>0</v>"),
        lambda name, data: re.sub(b"<(/?)([cv])\\b", rb"<\1x:\2", data) if "sheet1" in name else data,
    ],
)
def test_no_spelling_hides_how_much_text_there_is(change: Callable[[str, bytes], bytes]) -> None:
    assert refusal(workbook(change=change)) == "sheet.too-large"


@pytest.mark.parametrize(
    "change",
    [
        in_texts("<t>", '<t a="</si>">'),
        in_texts("<si>", "<si><si></si>"),
        in_texts("<sst", "<!DOCTYPE sst [<!ENTITY e 'x'>]><sst"),
        in_sheet('t="s"', 't="s" x="><v>1<"'),
    ],
)
def test_what_programs_may_read_in_two_ways_is_refused(change: Callable[[str, bytes], bytes]) -> None:
    assert refusal(workbook(change=change)) == "sheet.broken"
