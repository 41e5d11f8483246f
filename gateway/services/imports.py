"""The insurer's register from CSV files: all rows or none, and every bad row named by its line.

Importing a file again brings the register to what the file says; nothing is deleted.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import insert, select, tuple_, update
from sqlalchemy.orm import Session

from bhyt.errors import BadDate
from bhyt.records.coverage import is_card_number
from bhyt.records.dates import PartialDate
from gateway.errors import ImportRefused, Issue
from gateway.store.metadata import Base, new_id
from gateway.store.tables_register import Cover, Facility, Member

MAX_ERRORS_SHOWN = 100
CHUNK = 400
MEMBER_COLUMNS = (
    "national_id,insurance_number,full_name,birth_date,sex,address,card_number,primary_facility,"
    "valid_from,valid_to,five_years_from,living_area"
).split(",")
FACILITY_COLUMNS = "code,name,province,level,former_level,points".split(",")
Row = Mapping[str, str]
T = TypeVar("T")


def import_facilities(session: Session, path: Path) -> int:
    """Store the facilities of a CSV file and return their number.

    Raises ImportRefused: a column is missing, or rows cannot be read.
    """
    rows = _read(path, FACILITY_COLUMNS, _facility)
    known = set(session.scalars(select(Facility.code)))
    _write(session, Facility, rows, is_known=lambda row: row["code"] in known)
    return len(rows)


def import_members(session: Session, path: Path, *, now: datetime) -> int:
    """Store the persons and covers of a CSV file, one row a cover, and return the number of rows.

    Raises ImportRefused: a column is missing, rows cannot be read, or a row's two numbers belong
    to two different members.
    """
    rows = _read(path, MEMBER_COLUMNS, _member_and_cover)
    members = _members(session, [member for member, _ in rows], now=now)
    covers = [
        cover | {"member_id": member["id"], "updated_at": now}
        for member, (_, cover) in zip(members, rows, strict=True)
    ]
    keys = list({(cover["card_number"], cover["valid_from"]) for cover in covers})
    query = select(Cover.card_number, Cover.valid_from, Cover.id)
    found = {
        (card, start): key
        for chunk in _chunks(keys)
        for card, start, key in session.execute(
            query.where(tuple_(Cover.card_number, Cover.valid_from).in_(chunk))
        )
    }
    known = set(found.values())
    for cover in covers:
        cover["id"] = found.setdefault((cover["card_number"], cover["valid_from"]), new_id(now))
    _write(session, Cover, _last_by_id(covers), is_known=lambda row: row["id"] in known)
    return len(rows)


def _members(session: Session, rows: Sequence[dict[str, Any]], *, now: datetime) -> list[dict[str, Any]]:
    """Give every row the id of its member, old or new, and store the members."""
    ids: dict[tuple[str, str], UUID] = {}
    for column in ("national_id", "insurance_number"):
        numbers = list({row[column] for row in rows if row[column]})
        field = getattr(Member, column)
        for chunk in _chunks(numbers):
            for number, key in session.execute(select(field, Member.id).where(field.in_(chunk))):
                ids[column, number] = key
    known = set(ids.values())
    errors = []
    for row in rows:
        keys = [(column, row[column]) for column in ("national_id", "insurance_number") if row[column]]
        found = {ids[key] for key in keys if key in ids}
        if len(found) > 1:
            errors.append(Issue("setup.import-row", f"line {row['line']}", "two members' numbers"))
        row["id"] = found.pop() if found else new_id(now)
        ids.update(dict.fromkeys(keys, row["id"]))
        row["updated_at"] = now
    _refuse(errors)
    members = [{name: value for name, value in row.items() if name != "line"} for row in rows]
    _write(session, Member, _last_by_id(members), is_known=lambda row: row["id"] in known)
    return members


def _last_by_id(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({row["id"]: row for row in rows}.values())


def _write(
    session: Session,
    table: type[Base],
    rows: Sequence[dict[str, Any]],
    *,
    is_known: Callable[[dict[str, Any]], bool],
) -> None:
    old, new = [row for row in rows if is_known(row)], [row for row in rows if not is_known(row)]
    if new:
        session.execute(insert(table), new)
    if old:
        session.execute(update(table), old)


def _read(path: Path, columns: Sequence[str], convert: Callable[[Row, int], T]) -> list[T]:
    converted: list[T] = []
    errors: list[Issue] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if missing := sorted(set(columns) - set(reader.fieldnames or ())):
                raise ImportRefused("setup.import-columns", f"missing: {', '.join(missing)}")
            for row in reader:
                try:
                    converted.append(convert(row, reader.line_num))
                except ValueError as error:
                    errors.append(Issue("setup.import-row", f"line {reader.line_num}", str(error)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ImportRefused("setup.import-not-csv", "not a CSV file in UTF-8") from error
    _refuse(errors)
    return converted


def _refuse(errors: Sequence[Issue]) -> None:
    if errors:
        shown = tuple(errors[:MAX_ERRORS_SHOWN])
        raise ImportRefused("setup.import-rows", f"{len(errors)} rows cannot be read", issues=shown)


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
    if text and not (text.isascii() and text.isdigit()):
        raise ValueError("points must be a whole number")
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


def _chunks(values: list[T]) -> Iterator[list[T]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
