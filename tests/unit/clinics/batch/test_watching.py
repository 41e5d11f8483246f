"""An export folder between two looks: what is finished, where it goes, what stays."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from clinics.batch.rows import Counts, FileSaid, Row
from clinics.batch.run import Listener
from clinics.batch.watching import RETRY_SECONDS, Folder


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path, clock: Clock) -> Folder:
    return Folder(tmp_path, clock, 5.0)


def _names(folder: Folder) -> list[str]:
    return [path.name for path in folder.finished()]


def test_a_file_is_finished_when_it_has_stood_still(folder: Folder, clock: Clock) -> None:
    file = folder.path / "a.xml"
    file.write_text("half")
    assert _names(folder) == []
    clock.now = 4
    file.write_text("the whole of it")
    assert _names(folder) == []
    clock.now = 8
    assert _names(folder) == []
    clock.now = 9
    assert _names(folder) == ["a.xml"]


def test_a_file_that_is_written_in_place_is_not_finished(folder: Folder, clock: Clock) -> None:
    file = folder.path / "a.xml"
    file.write_text("1234")
    assert _names(folder) == []
    clock.now = 6
    file.write_text("5678")
    os.utime(file, ns=(1, 1))
    assert _names(folder) == []


@pytest.mark.parametrize("name", [".a.xml", "a.xml.part", "~$a.xlsx", "a.xml.tmp", "a.xml.report.xlsx"])
def test_hidden_and_unfinished_names_and_our_own_reports_are_left_alone(
    folder: Folder, clock: Clock, name: str
) -> None:
    (folder.path / name).write_text("x")
    (folder.path / "done").mkdir()
    assert _names(folder) == []
    clock.now = 100
    assert _names(folder) == []


def _ended(outcome: str, *, stopped: str | None = None):
    def upload(file: Path, listeners: Iterable[Listener], counts: Counts) -> str | None:
        row = Row(number=1, kind="claim", key="A", outcome=outcome)  # type: ignore[arg-type]
        counts.add(row)
        for listener in listeners:
            listener.file(FileSaid(file=file.name))
            listener.row(row)
        return stopped

    return upload


@pytest.mark.parametrize(("outcome", "place"), [("accepted", "done"), ("refused", "refused")])
def test_a_handled_file_moves_with_its_report_beside_it(folder: Folder, outcome: str, place: str) -> None:
    file = folder.path / "a.xml"
    file.write_text("x")
    handled = folder.handle(file, _ended(outcome))
    assert handled.moved_to == folder.path / place / "a.xml"
    assert sorted(path.name for path in (folder.path / place).iterdir()) == ["a.xml", "a.xml.report.xlsx"]
    assert [path.name for path in folder.path.iterdir()] == [place]


def test_a_second_file_of_the_name_takes_nothing_away(folder: Folder) -> None:
    for text in ("first", "second"):
        (folder.path / "a.xml").write_text(text)
        folder.handle(folder.path / "a.xml", _ended("accepted"))
    texts = {path.name: path.read_text() for path in (folder.path / "done").glob("*.xml")}
    assert texts == {"a.xml": "first", "a-2.xml": "second"}


@pytest.mark.parametrize("upload", [_ended("pending"), _ended("accepted", stopped="gateway.down")])
def test_what_could_not_be_sent_stays_and_is_tried_again_later(
    folder: Folder, clock: Clock, upload: object
) -> None:
    file = folder.path / "a.xml"
    file.write_text("x")
    list(folder.finished())
    clock.now = 10
    assert _names(folder) == ["a.xml"]
    assert folder.handle(file, upload).moved_to is None  # type: ignore[arg-type]
    assert [path.name for path in folder.path.iterdir()] == ["a.xml"]
    assert _names(folder) == []
    clock.now += RETRY_SECONDS
    assert _names(folder) == ["a.xml"]
