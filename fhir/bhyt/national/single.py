"""A record element that is a row of its own: a check-in, a death notice, a birth certificate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bhyt.errors import FileRefused
from bhyt.national.events import birth_key, check_in_row_key, read_birth, read_check_in, read_death
from bhyt.national.generation import generation_of
from bhyt.national.inner import rename
from bhyt.national.layouts import FileKind, InnerLayout, facility_of_certificate
from bhyt.national.outcomes import ReadRecord, outcome
from bhyt.national.outline import Outline
from bhyt.national.rows import read_row
from bhyt.national.shapes import learn, shaped_row
from bhyt.national.xml import parse_xml, tag
from bhyt.problems import Findings
from bhyt.records.content import Record, RecordKind
from bhyt.records.row import Row
from bhyt.tables.generations import Generation


class _Read(Protocol):
    def __call__(self, row: Row, findings: Findings, *, generation: Generation) -> Record | None: ...


@dataclass(frozen=True, slots=True)
class _Way:
    """How one kind of row is read: its kind of record, its layout, its key and the reading itself."""

    kind: RecordKind
    layout: InnerLayout
    key: Callable[[Row], str | None]
    read: _Read


def read_single(piece: bytes, found: Outline, *, number: int, generation: Generation | None) -> ReadRecord:
    """Return the record of one element.

    Each names its own facility: no envelope says whose they are, and the first of them may be the wrong one.
    """
    way = _WAYS[found.kind]
    findings = Findings(number, way.kind)
    row = read_single_row(piece, found, number, findings)
    chosen = generation or generation_of([row] if row else [], found.made_on)
    if row is None:
        return outcome(findings, None, generation=chosen)
    findings.record_key = way.key(row)
    return outcome(findings, way.read(row, findings, generation=chosen), generation=chosen)


def read_single_row(piece: bytes, found: Outline, number: int, findings: Findings) -> Row | None:
    """Return the row of one element, None if it cannot be read; elements beside it are noted."""
    layout = _WAYS[found.kind].layout
    if (row := shaped_row(piece, layout, number)) is not None:
        return row
    table = layout.table
    try:
        element = parse_xml(found.frame.around(piece))
    except FileRefused:
        findings.add("record.not-xml", table=table, line=number)
        return None
    for _ in range(found.frame.depth - 1):
        element = element[-1]
    first, *others = element
    if tag(first) != found.layout.record:
        rename(first)
    for other in others:
        findings.add("record.unknown-element", severity="warning", table=table, line=number, name=tag(other))
    row = read_row(first, table, number, findings)
    learn((row,), layout)
    return row


def _read_birth(row: Row, findings: Findings, *, generation: Generation) -> Record | None:
    """Return the birth of a certificate, which names its facility in its number."""
    facility = facility_of_certificate(row.text("MA_GCS") or "") or ""
    return read_birth(row, findings, facility=facility, generation=generation)


def _flat(table: str, record: str) -> InnerLayout:
    """Return the layout of a record element that holds the fields of one row of a table."""
    return InnerLayout(record, table, record, "", "")


_WAYS: dict[FileKind, _Way] = {
    "check-ins": _Way("check-in", _flat("CHECKIN", "TRANG_THAI_KCB"), check_in_row_key, read_check_in),
    "deaths": _Way("death", _flat("GIAYBAOTU", "GIAYBAOTU"), lambda row: row.text("MA_GBT"), read_death),
    "births": _Way("birth", _flat("GIAYCHUNGSINH", "GIAYCHUNGSINH"), birth_key, _read_birth),
}
