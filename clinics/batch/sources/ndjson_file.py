"""FHIR NDJSON as a source: each line one resource, which travels as it is."""

from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, ClassVar

from bhyt.errors import FhirRefused, NoRecords, Unreadable
from bhyt.national import ReadRecord
from bhyt.parsing import MAX_BYTES, JsonObject, parse
from bhyt.problems import Findings
from bhyt.r4.index import index
from bhyt.r4.rows import read_resource
from bhyt.records.content import Record, RecordKind, business_key
from bhyt.tables.generations import Generation
from bhyt.validation import problems
from clinics.batch.sources.content import Content
from clinics.batch.sources.source import Format, Options, Source

MAX_LINE_BYTES = MAX_BYTES
"""How long a line may be: as long as a resource that the gateway takes at once."""

NEWEST: Generation = "3176"


class NdjsonSource(Source):
    """A file of FHIR resources, one a line; lines without any are passed over.

    Raises NoRecords: every line is empty.
    """

    format: ClassVar[Format] = "ndjson"

    def __init__(self, name: str, content: Content, options: Options) -> None:
        super().__init__(name)
        self._content = content
        self._forced = options.generation
        self.generation = options.generation
        first = next(self._lines(), None)
        if first is None:
            raise NoRecords
        self.facility = _facility(first)

    def open(self) -> BinaryIO:
        """Return a reader of the file."""
        return self._content.open()

    def records(self) -> Iterator[ReadRecord]:
        """Yield the record of every line that is not empty."""
        for number, line in enumerate(self._lines(), start=1):
            yield read_line(line, number, self._forced)

    def close(self) -> None:
        """Close the file."""
        self._content.close()

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines that are not empty, those that are too long cut behind the limit."""
        with self._content.open() as file:
            while line := file.readline(MAX_LINE_BYTES + 1):
                rest = line
                while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
                    rest = file.readline(MAX_LINE_BYTES + 1)
                if line.strip():
                    yield line


def read_line(line: bytes, number: int, forced: Generation | None) -> ReadRecord:
    """Return the record of one line; a line that is none of ours is a claim that is refused."""
    findings = Findings(number)
    kind: RecordKind = "claim"
    key: str | None = None
    record: Record | None = None
    try:
        resource = parse(line)
    except Unreadable as refused:
        findings.add(refused.code, line=number)
    else:
        if filed := index(resource):
            kind, key = filed.kind, filed.business_key
        findings.kind, findings.record_key = kind, key
        record = _record(resource, findings, known=filed is not None)
    if record is not None:
        key = business_key(record)
    return ReadRecord(number, kind, key, record, tuple(findings.problems), forced or NEWEST)


def _record(resource: JsonObject, findings: Findings, *, known: bool) -> Record | None:
    """Return the record of a resource, or None when `findings` then holds an error."""
    name = str(resource.get("resourceType"))
    if not known:
        findings.add("fhir.wrong-resource", table=name, line=findings.dossier)
        return None
    for problem in problems(resource):
        findings.add(problem.code, table=name, line=findings.dossier, name=problem.expression)
    if findings.errors:
        return None
    try:
        return read_resource(resource, findings)
    except FhirRefused as refused:
        findings.add(refused.code, table=name, line=findings.dossier)
        return None


def _facility(line: bytes) -> str | None:
    """Return the facility that a resource names."""
    with suppress(Unreadable):
        filed = index(parse(line))
        return filed.facility if filed else None
    return None
