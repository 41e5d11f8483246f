"""Files and folders become sources: each file one, in a settled order, and none that could hurt."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from clinics.batch.sources import Options, find_sources, folders
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE
from tests.unit.clinics.sources.found import CSV, found, ndjson
from tests.unit.clinics.sources.invented import people, xlsx_bytes


def test_every_kind_of_file_is_known_by_its_bytes_whatever_its_name(tmp_path: Path) -> None:
    files = {
        "1.dat": ENVELOPE,
        "2.txt": CSV,
        "3.bin": xlsx_bytes(people("deaths", 2)),
        "4.csv": CHECK_IN,
        "5.xml": ndjson(DEATH_NOTICE, CHECK_IN),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert [(Path(name).name, refused, count) for name, refused, count in found(tmp_path)] == [
        ("1.dat", None, 2),
        ("2.txt", None, 1),
        ("3.bin", None, 2),
        ("4.csv", None, 1),
        ("5.xml", None, 2),
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file.empty"),
        (b"%PDF-1.7\n\x00\x01", "file.unknown-type"),
        (b"\x89PNG\r\n\x1a\n", "file.unknown-type"),
        (b"\x1f\x8b\x08\x00", "file.unknown-type"),
        (b" \n ", "file.unknown-type"),
        (b"PK\x03\x04broken", "archive.broken"),
        (b"<KHAC/>", "file.unknown-root"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><GIAMDINHHS/>', "file.doctype"),
        ("<GIAMDINHHS/>".encode("utf-16"), "file.wrong-encoding"),
        (b"xin chao", "sheet.no-header"),
    ],
    ids=ascii,
)
def test_a_file_that_is_none_is_refused_by_what_it_is(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "export.xml"
    path.write_bytes(data)
    assert found(path) == [(str(path), code, 0)]


def test_marks_and_blanks_before_xml_do_not_hide_that_it_is_xml(tmp_path: Path) -> None:
    path = tmp_path / "export.txt"
    path.write_bytes(b"\xef\xbb\xbf\r\n\xef\xbb\xbf" + CHECK_IN)
    assert found(path) == [(str(path), None, 1)]


@pytest.mark.parametrize(
    ("data", "line", "value"),
    [(b"<HSDLGBT>\n\n &", 3, "3:2"), (b"<HSCHUNGTU/>", None, "HSCHUNGTU")],
)
def test_a_refused_file_says_where_it_is_wrong(
    tmp_path: Path, data: bytes, line: int | None, value: str
) -> None:
    path = tmp_path / "export.xml"
    path.write_bytes(data)
    (source,) = find_sources([path])
    (problem,) = source.problems
    assert (problem.code, problem.line, problem.value) == (source.refused, line, value)


def test_what_is_not_there_or_cannot_be_read_stops_no_other_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "x.xml").write_bytes(CHECK_IN)
    (tmp_path / "empty").mkdir()
    paths = [tmp_path / name for name in ("none.xml", "pipe", "empty", "x.xml")]
    assert [refused for _, refused, _ in found(*paths)] == [
        "file.not-found",
        "file.unreadable",
        "file.nothing-found",
        None,
    ]


def test_a_folder_gives_its_files_by_name_without_hidden_temporary_and_lock_files(tmp_path: Path) -> None:
    for name in ("b/2.xml", "b/1.xml", "a.xml", "c.xml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(CHECK_IN)
    for name in (
        ".x.xml",
        "~$x.xlsx",
        "x.xml.tmp",
        "x.part",
        "x.xml~",
        "Thumbs.db",
        "a.report.json",
        "x.lock",
    ):
        (tmp_path / name).write_bytes(b"?")
    assert [str(Path(name).relative_to(tmp_path)) for name, _, _ in found(tmp_path)] == [
        "a.xml",
        "b/1.xml",
        "b/2.xml",
        "c.xml",
    ]


def test_a_link_out_of_a_folder_is_told_and_not_followed_and_one_inside_is_read_once(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "x.xml").write_bytes(CHECK_IN)
    (inside / "y.xml").write_bytes(CHECK_IN)
    (inside / "again.xml").symlink_to(inside / "y.xml")
    (inside / "file.xml").symlink_to(outside / "x.xml")
    (inside / "folder").symlink_to(outside)
    (inside / "loop").symlink_to(inside / "loop")
    (inside / "self").symlink_to(inside)
    assert [(Path(name).name, refused) for name, refused, _ in found(inside)] == [
        ("file.xml", "file.link-outside"),
        ("folder", "file.link-outside"),
        ("y.xml", None),
    ]


def test_folders_in_folders_and_files_in_a_folder_have_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path.joinpath(*["x"] * (folders.MAX_DEPTH + 1))
    deep.mkdir(parents=True)
    assert found(tmp_path)[-1][1] == "file.too-many"
    monkeypatch.setattr(folders, "MAX_FILES", 2)
    for name in "abc":
        (tmp_path / name).write_bytes(CHECK_IN)
    assert [refused for _, refused, _ in found(tmp_path)] == [None, None, "file.too-many"]


def test_readers_of_one_source_do_not_move_each_other(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_bytes(ENVELOPE)
    for source in find_sources([tmp_path / "x.xml"]):
        one, other = source.open(), source.open()
        assert one.read(10) == other.read(10) == ENVELOPE[:10]
        assert [read.kind for read in source.records() if read.record] == ["claim", "birth"]
        assert one.read() == ENVELOPE[10:]
        assert other.seek(-5, os.SEEK_END) == len(ENVELOPE) - 5
        assert other.read() == ENVELOPE[-5:]


def test_a_source_is_closed_when_the_next_one_is_asked_for(tmp_path: Path) -> None:
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_bytes(CHECK_IN)
    sources = find_sources([tmp_path])
    first = next(sources)
    assert first.open().read(1)
    next(sources)
    with pytest.raises(ValueError, match="closed"):
        first.open().read(1)
    sources.close()


def test_the_generation_of_a_file_may_be_forced(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_bytes(ENVELOPE)
    for source in find_sources([tmp_path / "x.xml"], Options(generation="4750")):
        assert {one.generation for one in source.records()} == {"4750"}


def test_a_workbook_that_asks_for_terabytes_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    rows = people("births", 1)
    for place in ("XFD1", "A1048576", "ZZ100000", "EA1", "A50000", "a099999"):
        packed = zipfile.ZipFile(io.BytesIO(xlsx_bytes(rows)))
        changed = io.BytesIO()
        with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
            for name in packed.namelist():
                data = packed.read(name)
                if name == "xl/worksheets/sheet1.xml":
                    data = data.replace(b'r="A2"', f"r = '{place}'".encode())
                target.writestr(name, data)
        (tmp_path / "x.xlsx").write_bytes(changed.getvalue())
        assert [refused for _, refused, _ in found(tmp_path / "x.xlsx")] == ["sheet.too-large"], place
