"""The insurer's CSV files, row by row: what each says, or by which line it cannot be read."""

import csv
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from bhyt.errors import BadDate
from bhyt.records.coverage import is_card_number
from bhyt.records.dates import PartialDate
from gateway.errors import ImportRefused, Issue

MAX_ERRORS_SHOWN = 100
MEMBER_COLUMNS = (
    "national_id,insurance_number,full_name,birth_date,sex,address,card_number,primary_facility,"
    "valid_from,valid_to,five_years_from,living_area"
).split(",")
FACILITY_COLUMNS = "code,name,province,level,former_level,points".split(",")
Row = Mapping[str, str]
T = TypeVar("T")


def facilities(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Return the columns of each facility.

    Raises ImportRefused: a column is missing, rows cannot be read, or a code stands twice.
    """
    return _read(lines, FACILITY_COLUMNS, _facility, key=lambda row: row["code"])


def members_and_covers(lines: Iterable[str]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return for each row the columns of its person, with the `line`, and of the cover.

    Raises ImportRefused: a column is missing, rows cannot be read, or a card stands twice with one start.
    """
    return _read(
        lines,
        MEMBER_COLUMNS,
        _member_and_cover,
        key=lambda row: (row[1]["card_number"], row[1]["valid_from"]),
    )


def refuse(errors: Sequence[Issue]) -> None:
    """Refuse a file for its bad rows, if there are any.

    Raises ImportRefused: there are.
    """
    if errors:
        shown = tuple(errors[:MAX_ERRORS_SHOWN])
        raise ImportRefused("setup.import-rows", f"{len(errors)} rows cannot be read", issues=shown)


def _read(
    lines: Iterable[str],
    columns: Sequence[str],
    convert: Callable[[Row, int], T],
    *,
    key: Callable[[T], Hashable],
) -> list[T]:
    converted: list[T] = []
    errors: list[Issue] = []
    first: dict[Hashable, int] = {}
    try:
        reader = csv.DictReader(lines, strict=True)
        if missing := sorted(set(columns) - set(reader.fieldnames or ())):
            raise ImportRefused("setup.import-columns", f"missing: {', '.join(missing)}")
        for row in reader:
            try:
                value = convert(_checked(row), reader.line_num)
                if (line := first.setdefault(key(value), reader.line_num)) != reader.line_num:
                    raise ValueError(f"the same as line {line}")
                converted.append(value)
            except ValueError as error:
                errors.append(Issue("setup.import-row", f"line {reader.line_num}", str(error)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ImportRefused("setup.import-not-csv", "not a CSV file in UTF-8") from error
    refuse(errors)
    return converted


def _checked(row: dict[str, str]) -> Row:
    """Refuse what DictReader and the database would take in their own way."""
    if None in row:
        raise ValueError("more values than columns")
    if None in row.values():
        raise ValueError("fewer values than columns")
    if any("\0" in value for value in row.values()):
        raise ValueError("a value holds the character U+0000")
    return row


def _facility(row: Row, line: int) -> dict[str, Any]:
    del line
    return {
        "code": _text(row, "code", length=5),
        "name": _text(row, "name"),
        "province": _text(row, "province"),
        "level": _one_of(row, "level", ("primary", "basic", "specialized")),
        "former_level": _one_of(row, "former_level", ("commune", "district", "provincial", "central"))
        if row["former_level"]
        else None,
        "points": _points(row["points"]),
    }


def _member_and_cover(row: Row, line: int) -> tuple[dict[str, Any], dict[str, Any]]:
    member = {
        "line": line,
        "national_id": _digits(row, "national_id", 12),
        "insurance_number": _digits(row, "insurance_number", 10),
        "full_name": _text(row, "full_name"),
        "birth_date": _birth_date(row["birth_date"]),
        "sex": _one_of(row, "sex", ("male", "female", "unknown")),
        "address": row["address"] or None,
    }
    card = row["card_number"]
    if not is_card_number(card):
        raise ValueError("card_number is not a card number of 15 characters")
    if member["insurance_number"] not in {None, card[5:]}:
        raise ValueError("card_number and insurance_number are of two persons")
    member["insurance_number"] = card[5:]
    cover = {
        "card_number": card,
        "primary_facility": _text(row, "primary_facility", length=5),
        "valid_from": _day(row, "valid_from"),
        "valid_to": _day(row, "valid_to") if row["valid_to"] else None,
        "five_years_from": _day(row, "five_years_from") if row["five_years_from"] else None,
        "living_area": row["living_area"] or None,
        "revoked_from": _day(row, "revoked_from") if row.get("revoked_from") else None,
    }
    return member, cover


def _text(row: Row, column: str, *, length: int | None = None) -> str:
    value = (row[column] or "").strip()
    if not value or (length is not None and len(value) != length):
        raise ValueError(
            f"{column} is empty" if length is None else f"{column} must have {length} characters"
        )
    return value


def _digits(row: Row, column: str, length: int) -> str | None:
    value = row[column]
    if value and not (len(value) == length and value.isascii() and value.isdigit()):
        raise ValueError(f"{column} must have {length} digits")
    return value or None


def _one_of(row: Row, column: str, values: Sequence[str]) -> str:
    if row[column] not in values:
        raise ValueError(f"{column} must be one of {', '.join(values)}")
    return row[column]


def _points(text: str) -> int | None:
    if text and not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise ValueError("points must be a whole number of at most 3 digits")
    return int(text) if text else None


def _birth_date(text: str) -> str:
    try:
        return PartialDate.from_fhir(text).to_fhir_date()
    except BadDate as error:
        raise ValueError("birth_date must be YYYY, YYYY-MM or YYYY-MM-DD") from error


def _day(row: Row, column: str) -> date:
    try:
        return date.fromisoformat(row[column])
    except ValueError as error:
        raise ValueError(f"{column} must be YYYY-MM-DD") from error
