"""The insurer's register from CSV files: all rows or none, and every bad row named by its line.

Importing a file again brings the register to what the file says; nothing is deleted.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import insert, select, tuple_, update
from sqlalchemy.orm import Session

from gateway.errors import Issue
from gateway.services import register_files
from gateway.store.metadata import Base, new_id
from gateway.store.tables_register import Cover, Facility, Member

CHUNK = 400
NUMBERS = ("national_id", "insurance_number")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Imported:
    """How many covers a file held, and how many members are registered at a facility not in the table."""

    covers: int
    strangers: int


def import_facilities(session: Session, path: Path) -> int:
    """Store the facilities of a CSV file and return their number.

    Raises ImportRefused: a column is missing, rows cannot be read, or a code stands twice.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = register_files.facilities(file)
    known = set(session.scalars(select(Facility.code)))
    _write(session, Facility, rows, is_known=lambda row: row["code"] in known)
    return len(rows)


def import_members(session: Session, path: Path, *, now: datetime) -> Imported:
    """Store the persons and covers of a CSV file, one row a cover.

    Raises ImportRefused: a column is missing, rows cannot be read, a cover stands twice, or a
    row's two numbers belong to two different members.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = register_files.members_and_covers(file)
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
    _write(session, Cover, covers, is_known=lambda row: row["id"] in known)
    facilities = set(session.scalars(select(Facility.code)))
    strangers = {cover["member_id"] for cover in covers if cover["primary_facility"] not in facilities}
    return Imported(covers=len(rows), strangers=len(strangers))


def _members(session: Session, rows: Sequence[dict[str, Any]], *, now: datetime) -> list[dict[str, Any]]:
    """Give every row the id of its member, old or new, and store the members."""
    ids: dict[tuple[str, str], UUID] = {}
    for column in NUMBERS:
        wanted = list({row[column] for row in rows if row[column]})
        field = getattr(Member, column)
        for chunk in _chunks(wanted):
            for number, key in session.execute(select(field, Member.id).where(field.in_(chunk))):
                ids[column, number] = key
    known = set(ids.values())
    numbers: dict[UUID, dict[str, str]] = {}
    errors = []
    for row in rows:
        keys = [(column, row[column]) for column in NUMBERS if row[column]]
        found = {ids[key] for key in keys if key in ids}
        row["id"] = found.pop() if found else new_id(now)
        row["updated_at"] = now
        known_as = numbers.setdefault(row["id"], {})
        if found or any(known_as.get(column, number) != number for column, number in keys):
            errors.append(Issue("setup.import-row", f"line {row['line']}", "two members' numbers"))
        known_as.update(keys)
        row.update(known_as)  # another row of the file may say the number that this one leaves out
        ids.update(dict.fromkeys(keys, row["id"]))
    register_files.refuse(errors)
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


def _chunks(values: list[T]) -> Iterator[list[T]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
