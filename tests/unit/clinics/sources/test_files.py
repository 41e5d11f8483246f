"""Files, folders and archives become sources: each file one, in a settled order, and none that could hurt."""

import io
import json
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bhyt.national import read_file
from bhyt.r4 import wire
from bhyt.r4.bundle import resource_of
from clinics.batch.sources import Options, archives, content, find_sources, folders, packed
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE
from tests.unit.clinics.sources.invented import csv_bytes, people, xlsx_bytes

CSV = csv_bytes(people("births", 1))
NO_OPTIONS = Options()


def found(*paths: Path, options: Options = NO_OPTIONS) -> list[tuple[str, str | None, int]]:
    """Return name, refusal and number of records of every source."""
    return [
        (source.name, source.refused, len(list(source.records()))) for source in find_sources(paths, options)
    ]


def archive(path: Path, files: dict[str, bytes], *, how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return path


def ndjson(*samples: bytes) -> bytes:
    """Return the records of national samples as FHIR, one a line."""
    return b"".join(
        wire.write(resource_of(record)) + b"\n" for sample in samples for record in read_file(sample).records
    )


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


def test_the_members_of_an_archive_are_sources_by_name(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "t3.zip",
        {"b.csv": CSV, "thang 3/a.xml": ENVELOPE, "a.xml": CHECK_IN, ".hidden": b"x", "__MACOSX/a.xml": b"x"},
    )
    assert found(path) == [
        (f"{path}!/a.xml", None, 1),
        (f"{path}!/b.csv", None, 1),
        (f"{path}!/thang 3/a.xml", None, 2),
    ]


def test_the_bytes_of_a_member_are_those_that_were_packed(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", {"a.xml": ENVELOPE})
    (read,) = [source.open().read() for source in find_sources([path])]
    assert read == ENVELOPE


UNSAFE = ["../a.xml", "/etc/a.xml", "a/../../b.xml", "C:\\a.xml", "a\\b.xml", "c:a.xml", "..\\a.xml"]


@pytest.mark.parametrize("name", UNSAFE)
def test_a_member_whose_name_leaves_the_folder_is_refused_and_the_others_are_read(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as packed:
        info = zipfile.ZipInfo("x")
        info.filename = name
        packed.writestr(info, CHECK_IN)
        packed.writestr("good.xml", CHECK_IN)
    outcomes = {Path(one).name if "good" in one else "bad": refused for one, refused, _ in found(path)}
    assert outcomes == {"bad": "archive.unsafe-name", "good.xml": None}


def test_a_member_behind_a_password_is_refused(tmp_path: Path) -> None:
    data = bytearray(archive(tmp_path / "x.zip", {"a.xml": CHECK_IN}).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "x.zip").write_bytes(data)
    assert [refused for _, refused, _ in found(tmp_path / "x.zip")] == ["archive.encrypted"]


def test_an_archive_in_an_archive_is_refused_and_a_workbook_in_it_is_read(tmp_path: Path) -> None:
    inner = archive(tmp_path / "inner.zip", {"a.xml": CHECK_IN}).read_bytes()
    path = archive(tmp_path / "x.zip", {"1.zip": inner, "2.xlsx": xlsx_bytes(people("births", 2))})
    assert [(refused, count) for _, refused, count in found(path)] == [("archive.nested", 0), (None, 2)]


def test_a_name_that_stands_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.xml", CHECK_IN)
        with pytest.warns(UserWarning, match="Duplicate"):
            packed.writestr("a.xml", DEATH_NOTICE)
    assert [(refused, count) for _, refused, count in found(path)] == [(None, 1), ("archive.name-twice", 0)]


def test_a_bomb_is_refused_while_it_is_unpacked(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", {"bomb.xml": b"<" + b" " * 20_000_000, "good.xml": CHECK_IN})
    assert [refused for _, refused, _ in found(path)] == ["archive.bomb", None]


def test_what_an_archive_says_of_its_sizes_is_not_believed(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", {"bomb.xml": b"<" + b" " * 20_000_000})
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", 100)
    path.write_bytes(data)
    assert [refused for _, refused, _ in found(path)] == ["archive.broken"]


def test_all_members_together_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", len(CHECK_IN) + 100)
    path = archive(tmp_path / "x.zip", {"a.xml": CHECK_IN, "b.xml": CHECK_IN})
    assert [refused for _, refused, _ in found(path)] == [None, "archive.too-large"]


def test_the_number_of_members_and_the_size_of_their_list_have_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archive(tmp_path / "x.zip", {f"{number}.xml": b"x" for number in range(20)})
    monkeypatch.setattr(archives, "MAX_MEMBERS", 19)
    assert [refused for _, refused, _ in found(path)] == ["archive.too-many-members"]
    monkeypatch.setattr(archives, "MAX_MEMBERS", 20)
    monkeypatch.setattr(packed, "MAX_DIRECTORY_BYTES", 500)
    assert [refused for _, refused, _ in found(path)] == ["archive.too-many-members"]


def test_an_archive_without_a_file_is_told(tmp_path: Path) -> None:
    assert [refused for _, refused, _ in found(archive(tmp_path / "x.zip", {}))] == ["file.nothing-found"]


def test_unpacked_bytes_are_this_users_alone_and_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "MEMORY_BYTES", 10)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = content.draft()
    file.write(b"x" * 100)
    assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600
    file.close()
    path = archive(tmp_path / "x.zip", {"a.xml": CHECK_IN})
    assert [refused for _, refused, _ in found(path)] == [None]
    assert list(tmp_path.iterdir()) == [path]


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


HOSTILE = ["\x1b[31mdo.xml", "a\nb.xml", "\x9b2Jx.xml", "\u202elmx.exe"]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_members_name_cannot_command_the_terminal(tmp_path: Path, name: str) -> None:
    assert all(one.isprintable() for one, _, _ in found(archive(tmp_path / "x.zip", {name: CHECK_IN})))


def _line(change: Callable[[dict[str, object]], object] | None = None) -> bytes:
    resource = json.loads(ndjson(DEATH_NOTICE))
    if change:
        change(resource)
    return json.dumps(resource).encode()


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        (b"{", ["fhir.malformed-json"]),
        (b'{"resourceType":"Patient"}', ["fhir.wrong-resource"]),
        (b'{"a":1,"a":2}', ["fhir.duplicate-key"]),
        (b"[]", ["fhir.not-an-object"]),
        (b"\xff{}", ["fhir.invalid-utf8"]),
        (b'{"x":"' + b"y" * 10_500_000 + b'"}', ["fhir.too-large"]),
        (_line(lambda resource: resource.update(unknown="x")), ["fhir.unknown-element"]),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value[0],
)
def test_a_line_that_is_no_record_is_refused_alone_and_named(
    tmp_path: Path, line: bytes, codes: Sequence[str]
) -> None:
    (tmp_path / "x.ndjson").write_bytes(_line() + b"\n\n" + line + b"\n" + _line())
    for source in find_sources([tmp_path / "x.ndjson"]):
        assert (source.format, source.facility, source.outline) == ("ndjson", "33999", None)
        first, second, third = source.records()
        assert (first.outcome, first.key) == (third.outcome, third.key) == ("accepted", "00001.GBT.33999.26")
        assert (second.number, second.outcome) == (2, "refused")
        assert [one.code for one in second.findings] == codes
        assert {one.line for one in second.findings} == {2}


def test_a_line_that_breaks_off_is_a_record_that_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\n{")
    ((name, refused, count),) = found(tmp_path / "x")
    assert (name, refused, count) == (str(tmp_path / "x"), None, 1)


def test_the_generation_of_a_file_may_be_forced(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_bytes(ENVELOPE)
    for source in find_sources([tmp_path / "x.xml"], Options(generation="4750")):
        assert source.generation == "4750"
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
