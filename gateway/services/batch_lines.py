"""NDJSON chunks: each line is a FHIR resource, validated by itself and stored as received."""

from typing import Any

from bhyt.errors import RecordsError
from bhyt.parsing import parse
from bhyt.r4.index import index
from gateway import systems
from gateway.domain.extract import DOSSIER
from gateway.errors import RecordRefused
from gateway.numbers import identifier
from gateway.services import storing
from gateway.services.batch_reading import Part, Read, bounded, finding, unreadable, with_usable_key
from gateway.services.entries import Entry
from gateway.store.search.parameters import PARAMETERS

TYPES = frozenset(PARAMETERS)
"""Types that are stored by themselves: what the FHIR door creates."""


def read_lines(part: Part) -> list[Read]:
    """Return what each line that is not blank holds."""
    lines = [line for line in part.data.split(b"\n") if line.strip()]
    if len(lines) != part.records:
        return list(unreadable(part))
    return [with_usable_key(_read(line, number)) for number, line in enumerate(lines, start=part.first)]


def _read(line: bytes, number: int) -> Read:
    try:
        resource = parse(line)
    except RecordsError as error:
        return Read(number=number, outcome="refused", code=error.code)
    kind, key = _named(resource)
    named = resource.get("resourceType")
    if not isinstance(named, str) or named not in TYPES:
        return Read(number=number, outcome="refused", code="batch.type-not-stored")
    if b"\\u0000" in line:  # which no database text can hold
        return Read(number=number, kind=kind, key=key, outcome="refused", code="request.malformed")
    try:
        storing.validate(resource)
    except RecordRefused as error:
        findings = [finding(issue.code, "error", table=named, field=issue.where) for issue in error.issues]
        return Read(
            number=number,
            kind=kind,
            key=key,
            outcome="refused",
            code=error.code,
            findings=bounded(findings),
        )
    return Read(number=number, kind=kind, key=key, entries=(Entry(resource, line),))


def _named(resource: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return which record a resource is, as far as it says so."""
    found = index(resource)
    if found is not None:
        return found.kind, found.business_key
    if resource.get("resourceType") == "Bundle" and resource.get("type") == "collection":
        return DOSSIER, identifier(resource.get("identifier"), systems.VISIT)
    return None, None
