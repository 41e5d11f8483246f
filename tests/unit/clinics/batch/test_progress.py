"""What a person sees while files are checked and sent, on a terminal of the test's own."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from bhyt.national import ReadRecord
from clinics.batch.facility import check_files
from clinics.batch.progress import Bar, progress_on
from clinics.batch.rows import Counts
from clinics.batch.sources import find_sources
from clinics.settings import ClinicSettings
from tests.unit.bhyt.samples import CHECK_IN
from tests.unit.clinics.sources.found import ndjson
from tests.unit.clinics.sources.invented import csv_bytes, people

FILES = {
    "a.csv": csv_bytes(people("births", 250)),
    "b.ndjson": ndjson(CHECK_IN),
    "c.xml": CHECK_IN,
    "d.xml": b"<KHAC/>",
}


@contextmanager
def _terminal(**more: bool) -> Iterator[tuple[Bar, io.StringIO]]:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, _environ={"TERM": "xterm"})
    with progress_on(console, **more) as bar:
        yield bar, out


def _plain(out: io.StringIO) -> str:
    return Text.from_ansi(out.getvalue()).plain


def test_whoever_checks_files_hears_of_each_from_the_first_look_to_the_last_record(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    heard: list[tuple[str, int, int]] = []
    check_files(
        [tmp_path],
        None,
        settings=ClinicSettings(data_dir=tmp_path / "desk"),
        listeners=[],
        counts=Counts(),
        progress=lambda *told: heard.append(told),
    )
    looked = ("check", 0, 0)
    births = [("check", 100, 250), ("check", 200, 250), ("check", 250, 250)]
    assert heard == [
        looked,
        *births,
        looked,
        ("check", 1, 0),
        looked,
        ("check", 1, 1),
        looked,
        looked,
        looked,
    ]


def test_a_row_that_stays_behind_does_not_count_as_done(tmp_path: Path) -> None:
    rows = people("births", 3)
    rows[2]["Ngày giờ sinh con"] = "hôm qua"
    (tmp_path / "x.csv").write_bytes(csv_bytes(rows))
    heard: list[tuple[int, int]] = []
    for source in find_sources([tmp_path / "x.csv"]):
        source.heard = lambda *told: heard.append(told)
        read: list[ReadRecord] = list(source.records())
    assert (heard, [one.number for one in read]) == ([(2, 2)], [1, 2, 0])


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        (("check", 0, 0), "Đang kiểm tra / Checking"),
        (("check", 200, 1000), "200/1000"),
        (("send", 400, 1000), "Đang gửi / Sending"),
        (("store", 1000, 1000), "Cổng đang lưu / Being stored"),
    ],
)
def test_the_bar_names_the_step_and_counts_the_records(told: tuple[str, int, int], seen: str) -> None:
    with _terminal() as (bar, out):
        bar(*told)
    assert seen in _plain(out)


def test_nothing_is_shown_where_nobody_looks() -> None:
    with _terminal(shown=False) as (bar, out):
        bar("check", 1, 2)
    elsewhere = io.StringIO()
    with progress_on(Console(file=elsewhere)) as bar:
        bar("check", 1, 2)
    assert out.getvalue() == elsewhere.getvalue() == ""


def test_a_question_for_the_password_is_asked_without_the_bar_that_would_wipe_it_out() -> None:
    with _terminal() as (bar, out):
        before = []

        def ask(name: str) -> str:
            before.append(_plain(out))
            out.write(f"Password of {name}?")
            bar("check", 1, 2)
            before.append(_plain(out))
            return "secret"

        assert bar.aside(ask)("key.p12") == "secret"
    assert before[1] == before[0] + "Password of key.p12?"
    assert before[1] != _plain(out), "the bar is back afterwards"


def test_where_there_is_no_terminal_a_plain_line_tells_now_and_then_how_far_it_is() -> None:
    out, clock = io.StringIO(), iter([0.0, 5.0, 10.0, 15.0, 25.0])
    with progress_on(Console(file=out), monotonic=lambda: next(clock)) as shown:
        for done in range(4):
            shown("store", done, 3)
    assert out.getvalue().splitlines() == [
        "Cổng đang lưu / Being stored: 1/3",
        "Cổng đang lưu / Being stored: 3/3",
    ]
