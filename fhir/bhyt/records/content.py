"""What a record is, which key makes it one of a kind, and whether two copies say the same.

A facility's key: MA_LK for a claim, the certificate's number for a birth or death. A check-in is
sent when the first cost arises and again after admission (CV 1245/BHXH-CNTT), so the time of
admission belongs to its key. Keys are unique within one facility and kind only.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from typing import Any, Literal

from bhyt.records.birth import Birth
from bhyt.records.checkin import CheckIn
from bhyt.records.death import Death
from bhyt.records.numbers import exponent_number
from bhyt.records.row import Row
from bhyt.records.visit import Visit
from bhyt.tables import rows

Record = Visit | Birth | Death | CheckIn
RecordKind = Literal["claim", "birth", "death", "check-in"]

_CERTIFICATE = re.compile(r"\d{5}\.(GCS|GBT)\.[0-9A-Z]{5}\.\d\d", re.ASCII)
_NUMBER = re.compile(r"-?\d+\.\d+", re.ASCII)
# The place of a row within one sending says nothing about the record.
_SENDING = {"XML1": "STT", "CHECKIN": "STT"}
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=str)


def kind(record: Record) -> RecordKind:
    """Return which kind of record this is."""
    match record:
        case Visit():
            return "claim"
        case Birth():
            return "birth"
        case Death():
            return "death"
        case CheckIn():
            return "check-in"


def business_key(record: Record) -> str:
    """Return the key that makes the record one of its kind within its facility."""
    match record:
        case Visit():
            return record.visit_id
        case Birth():
            return certificate_key(record.certificate_number, record.book)
        case Death():
            return record.notice_number
        case CheckIn():
            return check_in_key(record)


def certificate_key(number: str, book: str | None) -> str:
    """Return a birth certificate's key: its full national number, or else book and number."""
    return number if _CERTIFICATE.fullmatch(number) or not book else f"{book}/{number}"


def check_in_key(check_in: CheckIn) -> str:
    """Return MA_LK, with the time of admission behind it once there is one."""
    if check_in.admitted is None:
        return check_in.visit_id
    return f"{check_in.visit_id}/{check_in.admitted.to_national()}"


def content_hash(record: Record) -> str:
    """Return the SHA-256 (hex) of what the record says, the same for every re-export of it.

    Empty fields, the order of the fields, the date of the file, signatures, and trailing zeros or
    exponents of decimals make no difference, nor does the order of the tables; unknown fields, unknown
    tables and the order of the lines do.
    """
    digest = hashlib.sha256(_JSON.encode([kind(record), record.facility]).encode())
    received = list(_rows(record))
    content: Any = [_canonical(row) for row in received] if received else _plain(record)
    if received and isinstance(record, Visit) and record.unknown:
        content += sorted(["?", table.name, table.content] for table in record.unknown)
    digest.update(_JSON.encode(content).encode())
    return digest.hexdigest()


def _rows(record: Record) -> Iterator[Row]:
    """Yield the rows that the record was read from."""
    if record.row is not None:
        yield record.row
    if isinstance(record, Visit):
        for line in record.lines:
            yield line.row
        yield from sorted(record.others, key=lambda row: row.table)


def _canonical(row: Row) -> list[Any]:
    """Return the row's table and its sorted non-empty values, numbers without trailing zeros."""
    values = dict(row.values)
    if row.table in _SENDING:
        values.pop(_SENDING[row.table], None)
    for name in _number_fields(row.table).intersection(values):
        values[name] = _number(values[name])
    return [row.table, sorted(values.items())]


def _number(value: str) -> str:
    """Return a decimal without its trailing zeros, `3.0E7` as 30000000; any other text as it is."""
    if not _NUMBER.fullmatch(value):
        written_out = exponent_number(value)
        if written_out is None:
            return value
        value = format(written_out, "f")
    return value.rstrip("0").rstrip(".") if "." in value else value


@cache
def _number_fields(table: str) -> frozenset[str]:
    """Return the decimal fields of a table; codes such as 1.10 keep their zeros."""
    return frozenset(row["field"] for row in rows(f"fields_{table.lower()}") if row["kind"] == "number")


def _plain(record: Record) -> dict[str, Any]:
    """Return the fields of a record that was not read from rows."""
    return asdict(record)
