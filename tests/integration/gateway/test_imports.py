"""The register's files: imported whole or not at all, and each bad row named by its line."""

import csv
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from demo import world as sample_world
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.tables_register import Cover
from tests.integration.gateway.shell import INSURER, members, write
from tests.integration.gateway.world import FACILITIES, HERE, MEMBERS


def test_members_are_imported_and_a_second_import_brings_them_up_to_date(run, tmp_path: Path) -> None:
    assert run("members", "import", write(tmp_path / "m.csv", MEMBERS)).stdout == "3\n"
    changed = [MEMBERS[0], MEMBERS[1].replace("Thôn Mẫu", "Thôn Mới")]
    assert run("members", "import", write(tmp_path / "m.csv", changed)).stdout == "1\n"
    found = {member.national_id: member.address for member in members(tmp_path)}
    assert len(found) == 3
    assert found["033300000001"] == "Thôn Mới"


def test_one_bad_row_imports_nothing_and_is_named_by_its_line(run, tmp_path: Path) -> None:
    rows = [
        *MEMBERS,
        MEMBERS[1].replace("1995-04-12", "1995-13-12"),
        MEMBERS[1].replace("female", "f"),
        MEMBERS[1].replace("2026-12-31", "31/12/2026"),
        MEMBERS[1].replace("DN4339900000001", "DN433990000000"),
        MEMBERS[1].replace("033300000001", "33300000001"),
        MEMBERS[1].replace("9900000001,", "9900000009,", 1),
        "033300000001",
        MEMBERS[1] + ",,,,",
        MEMBERS[1].replace("Thôn", "\0"),
    ]
    result = run("members", "import", write(tmp_path / "m.csv", rows))
    assert (result.exit_code, result.stdout) == (5, "")
    for line in range(5, 14):
        assert f"line {line}:" in result.stderr
    assert "1995-13-12" not in result.stderr
    assert members(tmp_path) == []


def test_a_row_whose_numbers_are_of_two_members_is_refused(run, tmp_path: Path) -> None:
    run("members", "import", write(tmp_path / "m.csv", MEMBERS))
    mixed = [MEMBERS[0], MEMBERS[1].replace("033300000001", "033085000003")]
    result = run("members", "import", write(tmp_path / "m.csv", mixed))
    assert result.exit_code == 5
    assert "line 2:" in result.stderr


def test_an_import_says_in_words_what_it_did_and_prints_the_number_alone(run, tmp_path: Path) -> None:
    facilities = run("facilities", "import", write(tmp_path / "f.csv", FACILITIES))
    assert facilities.stderr == "Đã nhập 2 cơ sở khám chữa bệnh.\nImported 2 facilities.\n"
    covers = run("members", "import", write(tmp_path / "m.csv", MEMBERS))
    assert (covers.stdout, covers.stderr) == ("3\n", "Đã nhập 3 thẻ BHYT.\nImported 3 covers.\n")
    one = run("members", "import", write(tmp_path / "m.csv", MEMBERS[:2]))
    assert one.stderr.endswith("Imported 1 cover.\n")


def test_members_registered_at_a_facility_that_is_not_in_the_table_are_counted(run, tmp_path: Path) -> None:
    run("facilities", "import", write(tmp_path / "f.csv", FACILITIES))
    elsewhere = [row.replace(f",{HERE},", ",00999,") for row in MEMBERS[:3]]
    result = run("members", "import", write(tmp_path / "m.csv", elsewhere))
    assert (result.exit_code, result.stdout) == (0, "2\n")
    assert "2 members are registered at a facility that is not in the table" in result.stderr
    assert "2 người đăng ký khám chữa bệnh ban đầu tại cơ sở không có trong danh mục" in result.stderr


def test_a_facility_that_stands_twice_is_refused_by_its_line(run, tmp_path: Path) -> None:
    result = run("facilities", "import", write(tmp_path / "f.csv", [*FACILITIES, FACILITIES[1]]))
    assert (result.exit_code, result.stdout) == (5, "")
    assert "line 4: the same as line 2" in result.stderr


def test_a_row_with_fewer_values_than_columns_is_refused_by_its_line(run, tmp_path: Path) -> None:
    short = FACILITIES[1].rpartition(",")[0]
    result = run("facilities", "import", write(tmp_path / "f.csv", [FACILITIES[0], short]))
    assert result.exit_code == 5
    assert "line 2: fewer values than columns" in result.stderr


def test_a_cover_that_stands_twice_is_refused_by_its_line(run, tmp_path: Path) -> None:
    again = MEMBERS[1].replace("2026-12-31", "2027-12-31")
    result = run("members", "import", write(tmp_path / "m.csv", [*MEMBERS, again]))
    assert result.exit_code == 5
    assert "line 5: the same as line 2" in result.stderr


def test_two_id_numbers_for_one_insurance_number_are_refused_by_the_line(run, tmp_path: Path) -> None:
    other = MEMBERS[1].replace("033300000001", "033300000009").replace("2026-01-01", "2027-01-01")
    result = run("members", "import", write(tmp_path / "m.csv", [*MEMBERS, other]))
    assert result.exit_code == 5
    assert "line 5: two members' numbers" in result.stderr
    assert members(tmp_path) == []


def test_a_second_cover_that_leaves_out_the_id_number_does_not_take_it_away(run, tmp_path: Path) -> None:
    later = MEMBERS[1].replace("033300000001", "").replace("2026-", "2027-")
    assert run("members", "import", write(tmp_path / "m.csv", [*MEMBERS[:2], later])).stdout == "2\n"
    assert [member.national_id for member in members(tmp_path)] == ["033300000001"]


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "", "\xff\xfe\x00"])
def test_a_file_without_the_columns_is_refused(run, tmp_path: Path, content: str) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(content.encode("latin-1"))
    assert run("members", "import", str(path)).exit_code == 5


def test_ten_thousand_members_are_imported_in_batches_not_row_by_row(run, tmp_path: Path) -> None:
    sample_world.write(tmp_path / "world", 10_000, today=date(2026, 7, 1))
    file = tmp_path / "world" / "members.csv"
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        result = run("members", "import", str(file))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert result.exit_code == 0
    assert len(statements) < 2_000
    with file.open(encoding="utf-8") as lines:
        covers = {(row["card_number"], row["valid_from"]) for row in csv.DictReader(lines)}
    database = Database(Settings(data_dir=tmp_path / "data").database)
    with database.begin(INSURER) as session:
        assert len(session.scalars(select(Cover.id)).all()) == len(covers)
    database.dispose()
