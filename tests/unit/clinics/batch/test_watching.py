"""An export folder between two looks: what is finished, where it goes, what stays."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from clinics.batch.rows import Counts, FileSaid, Row
from clinics.batch.run import Listener
from clinics.batch.watching import MAX_NAME_BYTES, RETRY_SECONDS, UNWRITABLE, Folder


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


def _drafts(folder: Folder, name: str) -> list[str]:
    """Return what stands in the folder, while a file of this name is uploaded, beside the file itself."""
    seen: list[str] = []

    def upload(file: Path, listeners: Iterable[Listener], counts: Counts) -> str | None:
        seen.extend(path.name for path in folder.path.iterdir() if path != file)
        return _ended("accepted")(file, listeners, counts)

    (folder.path / name).write_text("x")
    folder.handle(folder.path / name, upload)
    return seen


def test_a_link_in_the_place_of_the_draft_is_not_written_through(folder: Folder, tmp_path: Path) -> None:
    victim = tmp_path.with_name("victim")
    victim.write_text("precious")
    (draft,) = _drafts(folder, "a.xml")
    for name in (draft, ".a.xml.report.xlsx"):
        (folder.path / name).symlink_to(victim)
    (folder.path / "a.xml").write_text("x")
    handled = folder.handle(folder.path / "a.xml", _ended("accepted"))
    assert handled.moved_to == folder.path / "done" / "a-2.xml"
    assert victim.read_text() == "precious"
    assert not (folder.path / "done" / "a-2.xml.report.xlsx").is_symlink()
    assert not (folder.path / draft).is_symlink()


@pytest.mark.parametrize(("outcome", "place"), [("accepted", "done"), ("refused", "refused")])
def test_a_link_in_the_place_of_done_or_refused_takes_no_file_outside(
    folder: Folder, outcome: str, place: str
) -> None:
    outside = folder.path.with_name(f"outside-{place}")
    outside.mkdir()
    (folder.path / place).symlink_to(outside)
    (folder.path / "a.xml").write_text("x")
    handled = folder.handle(folder.path / "a.xml", _ended(outcome))
    assert (handled.moved_to, handled.stopped_by) == (None, UNWRITABLE)
    assert handled.counts.exit_code == 2
    assert list(outside.iterdir()) == []
    assert sorted(path.name for path in folder.path.iterdir()) == sorted(["a.xml", place])


def test_a_dangling_link_in_done_is_not_taken_for_a_free_place(folder: Folder) -> None:
    (folder.path / "done").mkdir()
    (folder.path / "done" / "a.xml").symlink_to("nowhere")
    (folder.path / "done" / "a-2.xml.report.xlsx").symlink_to("nowhere")
    (folder.path / "a.xml").write_text("x")
    assert folder.handle(folder.path / "a.xml", _ended("accepted")).moved_to == folder.path / "done/a-3.xml"


@pytest.mark.parametrize(
    "name",
    ["ệ" * 80 + ".xml", "x" * 255, "x" * 251 + ".xml", "a." + "ệ" * 84, "\udcff" * 240 + ".xml"],
    ids=["marks", "no ending", "255 bytes", "long ending", "no UTF-8"],
)
def test_the_longest_names_are_moved_with_reports_that_are_told_apart(folder: Folder, name: str) -> None:
    for _ in range(2):
        (folder.path / name).write_text("x")
        assert folder.handle(folder.path / name, _ended("accepted")).stopped_by is None
    there = [path.name for path in (folder.path / "done").iterdir()]
    assert len(there) == 4
    assert name in there
    assert sum(one.endswith(".report.xlsx") for one in there) == 2
    assert all(len(os.fsencode(one)) <= MAX_NAME_BYTES for one in there)


def test_one_files_trouble_is_told_of_it_and_it_is_tried_again_later(folder: Folder, clock: Clock) -> None:
    (draft,) = _drafts(folder, "a.xml")
    (folder.path / draft).mkdir()
    for name in ("a.xml", "b.xml"):
        (folder.path / name).write_text("x")
    assert folder.handle(folder.path / "a.xml", _ended("accepted")).stopped_by == UNWRITABLE
    assert folder.handle(folder.path / "b.xml", _ended("accepted")).stopped_by is None
    list(folder.finished())
    clock.now = 30
    assert _names(folder) == []
    (folder.path / draft).rmdir()
    clock.now = RETRY_SECONDS + 1
    assert _names(folder) == ["a.xml"]
