"""A file written row after row has the outline that the first pass finds, and the same limits."""

from dataclasses import replace
from io import BytesIO

import pytest

from bhyt.errors import FileTooLarge, RecordsError, RecordTooLarge, TooManyRecords, Unwritable
from bhyt.national import row_files
from bhyt.national.layouts import FileKind
from bhyt.national.outline import outline
from bhyt.national.row_files import RowFile
from bhyt.records.row import Row

TABLES: dict[FileKind, tuple[str, str, str]] = {
    "births": ("GIAYCHUNGSINH", "MA_GCS", "00001.GCS.33999.26"),
    "deaths": ("GIAYBAOTU", "MACSKCB", "33999"),
    "check-ins": ("CHECKIN", "MA_CSKCB", "33999"),
}


def row(kind: FileKind, *, facility: str | None = None, name: str = "Trần Thị Mẫu & <con>") -> Row:
    """Return a row that names its facility, if it is not told to name another or none."""
    table, field, usual = TABLES[kind]
    named = usual if facility is None else facility
    return Row.of(table, 1, [(field, named), ("HO_TEN", name), ("MA_BN", "")])


def written(kind: FileKind, *rows: Row) -> tuple[RowFile, BytesIO]:
    """Write a file."""
    into = BytesIO()
    file = RowFile(kind, into)
    for one in rows:
        file.add(one)
    file.finish()
    return file, into


@pytest.mark.parametrize("kind", TABLES)
def test_its_outline_is_the_one_that_the_first_pass_finds(kind: FileKind) -> None:
    file, into = written(kind, row(kind, facility=" "), row(kind, name="a\r\nb\t\u00a0"), row(kind, name=""))
    made, found = file.outline(), outline(into)
    assert list(made.pieces) == list(found.pieces)
    assert replace(made, pieces=found.pieces) == found
    assert made.facility == "33999"


@pytest.mark.parametrize("number", ["7", "00001.GCS.9.26", ""])
def test_a_number_that_names_no_facility_gives_none(number: str) -> None:
    file, _ = written("births", row("births", facility=number), row("births", facility=number))
    assert file.outline().facility is None


@pytest.mark.parametrize(
    ("limit", "value", "error"),
    [
        ("MAX_RECORDS", 2, TooManyRecords),
        ("MAX_RECORD_BYTES", 100, RecordTooLarge),
        ("MAX_FILE_BYTES", 200, FileTooLarge),
    ],
)
def test_a_file_that_would_not_be_read_again_is_not_written(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, error: type[RecordsError]
) -> None:
    monkeypatch.setattr(row_files, limit, value)
    with pytest.raises(error):
        written("deaths", *[row("deaths")] * 3)


@pytest.mark.parametrize("fields", [("HO_TEN", "a\x00"), ("HO_TEN", "\ufffe"), ("HO TEN", "a"), ("", "a")])
def test_what_xml_cannot_hold_is_refused_by_its_field(fields: tuple[str, str]) -> None:
    with pytest.raises(Unwritable) as refused:
        written("deaths", Row.of("GIAYBAOTU", 1, [fields]))
    assert "GIAYBAOTU" in str(refused.value)
