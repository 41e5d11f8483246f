"""Chunks of a national file: read, checked and converted to FHIR record by record."""

from dataclasses import replace
from io import BytesIO
from itertools import chain
from typing import cast

import structlog

from bhyt.checks.receipt_day import check_day
from bhyt.errors import FileRefused
from bhyt.national import ReadRecord, read_chunk
from bhyt.national.outline import Outline, outline_part
from bhyt.r4.bundle import element_of
from bhyt.r4.dossier import dossier_element
from bhyt.r4.wire import write
from bhyt.records.content import Record, content_hash
from bhyt.records.visit import Visit
from bhyt.tables.generations import Generation
from bhyt.validation import problems
from gateway.errors import AccessDenied
from gateway.services.batch_reading import (
    FAULT,
    OUR_FAULTS,
    Part,
    Read,
    bounded,
    finding_of,
    unreadable,
    with_usable_key,
)
from gateway.services.entries import Entry

_log = structlog.get_logger("gateway")


def frame_of(head: bytes, tail: bytes, *, facility: str) -> Outline:
    """Return what stands around the records of a facility's file.

    Raises FileRefused: what stands around the records is not that of a national file. AccessDenied: it
    is that of another facility.
    """
    found = outline_part(BytesIO(head + tail))
    if found.facility not in {None, facility}:
        raise AccessDenied("auth.other-facility", "the file is another facility's", authenticated=True)
    return found


def read_national(part: Part) -> list[Read]:
    """Return what each record of the chunk holds; one HOSO may hold several."""
    generation = cast(Generation | None, part.generation)
    try:
        found = list(read_chunk(part.head, part.tail, part.data, first=part.first, generation=generation))
    except FileRefused:
        return list(unreadable(part))
    if {one.number for one in found} != set(range(part.first, part.first + part.records)):
        return list(unreadable(part))
    return [with_usable_key(_read(one, part)) for one in found]


def _read(one: ReadRecord, part: Part) -> Read:
    if one.record is not None and (
        ahead := check_day(one.record.row, today=part.received, number=one.number)
    ):
        one = replace(one, findings=(*one.findings, ahead))
    findings = [finding_of(problem) for problem in one.findings]
    code = next((problem.code for problem in one.findings if problem.severity == "error"), None)
    entries: tuple[Entry, ...] = ()
    if one.record is not None:
        entries = _entries(one.record)
        code = None if entries else FAULT
    return Read(
        number=one.number,
        kind=one.kind,
        key=one.key,
        generation=one.generation,
        outcome=one.outcome,
        code=code,
        findings=bounded(findings),
        entries=entries,
    )


def _entries(record: Record) -> tuple[Entry, ...]:
    """Return a record as FHIR, a claim with its dossier; nothing if our conversion fails, or makes no R4.

    What the file itself says decides whether it is the same record: it holds fields without a home in FHIR.
    """
    said = f"original:{content_hash(record)}"
    try:
        resources = [element_of(record)]
        if isinstance(record, Visit) and (dossier := dossier_element(record)):
            resources.append(dossier)
    except OUR_FAULTS as fault:
        _log.error("record not converted", kind=type(fault).__name__)
        return ()
    for found in chain.from_iterable(map(problems, resources)):
        _log.error("record not converted", kind=found.code, where=found.expression)
        return ()
    return tuple(Entry(resource, write(resource), content_hash=said) for resource in resources)
