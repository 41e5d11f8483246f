"""Whatever bytes a file has, it ends in sources, records and findings with known codes, or in a refusal."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bhyt.records.dates import VIETNAM
from cardreader.printable import printable
from clinics.batch.cells import csv_cell
from clinics.batch.sources import find_sources
from clinics.batch.sources.sheets import numbers
from clinics.batch.sources.sheets.columns import SHEET_KINDS, Known, converter, known_columns
from clinics.batch.sources.sheets.dates import DateRule
from clinics.batch.sources.sheets.rows import SheetRows
from clinics.batch.sources.sheets.typed import CellRefused
from failures import all_failures
from tests.unit.bhyt.samples import CHECK_IN
from tests.unit.clinics.sources.invented import csv_bytes, people, xlsx_bytes

Typed = Callable[[datetime], str]
WORDS = (" SA", " CH", " PM", "ngày ", " tháng ", " năm ", " giờ ", " phút", " lúc ", "00/")
TYPED = (
    st.text(max_size=20)
    | st.text("0123456789/-.: ,;hgk", max_size=20)
    | st.lists(
        st.integers(0, 2100).map(str)
        | st.sampled_from(["/", "-", ".", ":", " ", "T", "Z", "+07:00", *WORDS]),
        max_size=12,
    ).map("".join)
    | st.floats()
    | st.booleans()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
    | st.integers(-(2**70), 2**70)
)
SAMPLES = {kind: people(kind, 2) for kind in SHEET_KINDS}
WORKBOOKS = [xlsx_bytes(rows) for rows in SAMPLES.values()]


@st.composite
def damaged(draw: st.DrawFn, samples: list[bytes]) -> bytes:
    """A sample with a few of its bytes cut out or replaced."""
    data = bytearray(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 12))] = draw(st.binary(max_size=8))
    return bytes(data)


@st.composite
def damaged_parts(draw: st.DrawFn) -> bytes:
    """A workbook of which one part, after it was unpacked, was damaged: its checksums are right."""
    packed = zipfile.ZipFile(io.BytesIO(draw(st.sampled_from(WORKBOOKS))))
    victim = draw(st.sampled_from(packed.namelist()))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        for name in packed.namelist():
            data = packed.read(name)
            target.writestr(name, draw(damaged([data])) if name == victim else data)
    return content.getvalue()


@st.composite
def filled(draw: st.DrawFn) -> bytes:
    """A CSV sheet with a few cells of any text."""
    rows = [dict(row) for row in SAMPLES[draw(st.sampled_from(SHEET_KINDS))]]
    for _ in range(draw(st.integers(1, 6))):
        row = draw(st.sampled_from(rows))
        text = draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
        row[draw(st.sampled_from(list(row)))] = text
    return csv_bytes(rows, separator=draw(st.sampled_from(",;\t")))


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """An archive with members of any name and content, some of its own bytes damaged."""
    content = io.BytesIO()
    with zipfile.ZipFile(
        content, "w", draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    ) as target:
        for name in draw(st.sets(st.text(min_size=1, max_size=12), max_size=3)):
            info = zipfile.ZipInfo("x")
            info.filename = name.encode("utf-8", "replace").decode()
            target.writestr(info, draw(st.binary(max_size=50) | st.just(CHECK_IN)))
    return draw(damaged([content.getvalue()]) | st.just(content.getvalue()))


LINES = st.lists(st.binary(max_size=40) | st.text('{}[]":,ae1 ', max_size=30).map(str.encode), max_size=4)


@given(
    st.binary(max_size=200)
    | filled()
    | damaged([csv_bytes(rows) for rows in SAMPLES.values()])
    | damaged(WORKBOOKS)
    | damaged_parts()
    | archives()
    | LINES.map(lambda lines: b"{" + b"\n".join(lines))
)
@settings(max_examples=150, deadline=None)
def test_a_file_of_any_bytes_ends_in_sources_and_records_with_known_codes(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(data)
        for source in find_sources([path]):
            assert source.name == printable(source.name)
            assert source.refused is None or source.refused in all_failures()
            for record in source.records():
                assert {one.code for one in record.findings} <= all_failures().keys()
                assert (record.record is None) == any(one.severity == "error" for one in record.findings)
            with source.open() as file:
                file.read(10)


@given(TYPED)
def test_every_column_reads_any_cell_or_refuses_it_with_a_known_code(cell: object) -> None:
    for kind in SHEET_KINDS:
        for known in known_columns(kind):
            text, code = _converted(known, cell)
            assert text == text.strip()
            assert code is None or code in all_failures()


def _converted(known: Known, cell: Any) -> tuple[str, str | None]:
    try:
        return converter(known)(cell), None
    except CellRefused as refused:
        return "", refused.code


FIRST = datetime(1900, 1, 1, tzinfo=VIETNAM)
MOMENTS = st.integers(0, 6_311_390_399).map(lambda seconds: FIRST + timedelta(seconds=seconds))
DAYS_TYPED: tuple[Typed, ...] = (
    lambda one: f"{one.day}/{one.month}/{one.year}",
    lambda one: f"{one:%d-%m-%Y}",
    lambda one: f"{one.day}.{one.month}.{one.year}",
    lambda one: f"ngày {one.day} tháng {one.month} năm {one.year}",
    lambda one: f"{one:%Y-%m-%d}",
)
TIMES_TYPED: tuple[Typed, ...] = (
    lambda one: f"{one.hour}:{one:%M}",
    lambda one: f"{one:%H.%M}",
    lambda one: f"{one.hour}h{one:%M}",
    lambda one: f"{one.hour} giờ {one.minute}",
    lambda one: f"{one.hour} giờ {one.minute} phút",
    lambda one: f"{one.hour % 12 or 12}:{one:%M} {'SA' if one.hour < 12 else 'CH'}",
    lambda one: f"{one:%H:%M:%S}",
)


@given(MOMENTS, st.sampled_from(DAYS_TYPED), st.sampled_from(TIMES_TYPED), st.booleans())
def test_a_moment_typed_in_any_of_the_forms_is_that_moment(
    moment: datetime, day: Typed, time: Typed, time_first: bool
) -> None:
    typed = f"{time(moment)} {day(moment)}" if time_first else f"{day(moment)} {time(moment)}"
    assert DateRule("moment", 12, True).convert(typed) == f"{moment:%Y%m%d%H%M}"


@given(MOMENTS, st.integers(-14 * 60, 14 * 60))
def test_a_moment_with_its_offset_is_the_same_moment_in_vietnam(moment: datetime, offset: int) -> None:
    abroad = moment.astimezone(timezone(timedelta(minutes=offset)))
    assert DateRule("moment", 14, True).convert(abroad.isoformat()) == f"{moment:%Y%m%d%H%M%S}"


@given(MOMENTS, st.sampled_from(["AM", "PM"]))
def test_beside_am_and_pm_a_day_is_taken_only_if_it_cannot_be_the_month(moment: datetime, half: str) -> None:
    typed = f"{moment.day}/{moment.month}/{moment.year} 2:30 {half}"
    if moment.day <= 12 and moment.day != moment.month:
        with pytest.raises(CellRefused, match=r"sheet\.date-order-unclear"):
            DateRule("moment", 12, True).convert(typed)
    else:
        assert DateRule("moment", 12, True).convert(typed).startswith(f"{moment:%Y%m%d}")


@given(st.integers(100, 20_000), st.sampled_from(["", ",0", ".00", ",0 g"]))
def test_grams_with_zeros_behind_them_are_those_grams(weight: int, zeros: str) -> None:
    assert numbers.grams(f"{weight}{zeros}") == str(weight)


@given(st.lists(st.lists(TYPED, max_size=40), max_size=5))
def test_rows_of_any_cells_under_a_header_are_rows(cells: list[list[object]]) -> None:
    header = list(SAMPLES["births"][0])
    rows = list(SheetRows("x", [header, *cells], shared={}, serials=True))  # type: ignore[list-item]
    assert len(rows) == sum(any(line) for line in cells)
    assert [row.whole for row in rows] == [
        not any(fault.severity == "error" for fault in row.faults) for row in rows
    ]


@given(st.text())
def test_no_text_is_a_formula_in_csv(text: str) -> None:
    cell = csv_cell(text)
    assert not cell.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


SEPARATING = st.text(";,|\t\r\n\"=+-@＝ \u00a0'a1", max_size=12)


@given(st.lists(SEPARATING | st.text(max_size=12), min_size=1, max_size=3), st.sampled_from(",;\t"))
def test_no_part_of_a_csv_line_is_a_formula_whichever_sign_separates_lists(
    texts: list[str], separator: str
) -> None:
    lines = io.StringIO()
    csv.writer(lines).writerows([[csv_cell(text), csv_cell(5)] for text in texts])
    for cells in csv.reader(io.StringIO(lines.getvalue(), newline=""), delimiter=separator):
        assert not [cell for cell in cells if cell.lstrip().startswith(tuple("=+-@＝＋－＠"))]


@given(SEPARATING | st.text(st.characters(exclude_categories=["Cc"])))
def test_a_text_in_csv_is_the_same_but_for_apostrophes(text: str) -> None:
    assert csv_cell(text).replace("'", "") == text.replace("'", "")
