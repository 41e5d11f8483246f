"""The members of a ZIP archive become sources, and none of them does harm."""

import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from clinics.batch.sources import archives, content, find_sources, packed
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE
from tests.unit.clinics.sources.found import CSV, archive, found
from tests.unit.clinics.sources.invented import people, xlsx_bytes


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


HOSTILE = ["\x1b[31mdo.xml", "a\nb.xml", "\x9b2Jx.xml", "\u202elmx.exe"]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_members_name_cannot_command_the_terminal(tmp_path: Path, name: str) -> None:
    assert all(one.isprintable() for one, _, _ in found(archive(tmp_path / "x.zip", {name: CHECK_IN})))
