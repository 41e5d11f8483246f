"""FHIR NDJSON as a source: each line one resource, which travels as it is."""

from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, ClassVar

from bhyt.errors import NoRecords, RecordsError, WrongResource
from bhyt.national import ReadRecord
from bhyt.parsing import MAX_BYTES, parse
from bhyt.problems import Findings
from bhyt.r4.index import index
from bhyt.r4.rows import read_resource
from bhyt.records.content import RecordKind
from bhyt.tables.generations import Generation, generations
from bhyt.validation import problems
from clinics.batch.sources.content import Content
from clinics.batch.sources.source import Format, Options, Source

MAX_LINE_BYTES = MAX_BYTES
"""How long a line may be: as long as a resource that the gateway takes at once."""


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

    def close(self) -> None:
        """Close the file."""
        self._content.close()

    def _records(self) -> Iterator[ReadRecord]:
        """Yield the record of every line that is not empty."""
        for number, line in enumerate(self._lines(), start=1):
            yield read_line(line, number, self._forced)

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines that are not empty, those that are too long cut behind the limit."""
        with self._content.open() as file:
            while line := file.readline(MAX_LINE_BYTES + 1):
                rest = line
                while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
                    rest = file.readline(MAX_LINE_BYTES + 1)
                if line.strip():
                    yield line


def read_line(line: bytes, number: int, forced: Generation | None = None) -> ReadRecord:
    """Return the record of one line, read as that of a national file is; a line that is none is refused.

    The findings of FHIR itself name the type of the resource, the line and the path of the element.
    """
    kind: RecordKind = "claim"
    findings = Findings(number, kind)
    try:
        resource = parse(line)
        filed = index(resource)
        if filed is None:
            raise WrongResource("Claim, Encounter, birth or death document")
        kind = findings.kind = filed.kind
        findings.record_key = filed.business_key
        name = str(resource["resourceType"])
        for problem in problems(resource):
            findings.add(problem.code, table=name, line=number, name=problem.expression)
        if not findings.errors:
            return read_resource(resource, number=number, generation=forced)
    except RecordsError as refused:
        findings.add(refused.code, line=number)
    chosen = forced or generations()[-1]
    return ReadRecord(number, kind, findings.record_key, None, tuple(findings.problems), chosen)


def _facility(line: bytes) -> str | None:
    """Return the facility that a resource names."""
    with suppress(RecordsError):
        filed = index(parse(line))
        return filed.facility if filed else None
    return None
