"""FHIR NDJSON as a source: each line one resource, which travels as it is."""

from array import array
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
from clinics.batch.sources.source import Format, Options, Place, Source

TABLE = "NDJSON"
"""Where the lines of such a file stand, as findings name it."""

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
        self._places = array("I")
        first = next(self._lines(), None)
        if first is None:
            raise NoRecords
        self.facility = _facility(first[1])

    def open(self) -> BinaryIO:
        """Return a reader of the file."""
        return self._content.open()

    def told(self, read: ReadRecord) -> int:
        """Return the line of a record in the file."""
        return self._places[read.number - 1]

    def place(self, read: ReadRecord, field: str | None) -> Place:
        """Return the line of a record in the file."""
        return TABLE, self.told(read), field

    def close(self) -> None:
        """Close the file."""
        self._content.close()

    def _records(self) -> Iterator[ReadRecord]:
        """Yield the record of every line that is not empty."""
        self._places = array("I")
        for number, (place, line) in enumerate(self._lines(), start=1):
            self._places.append(place)
            yield read_line(line, number, self._forced, place=place)

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the place of each line that is not empty, and the line, cut if it is too long."""
        place = 0
        with self._content.open() as file:
            while line := file.readline(MAX_LINE_BYTES + 1):
                place += 1
                rest = line
                while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
                    rest = file.readline(MAX_LINE_BYTES + 1)
                if line.strip():
                    yield place, line


def read_line(line: bytes, number: int, forced: Generation | None = None, *, place: int) -> ReadRecord:
    """Return the record of one line, read as that of a national file is; a line that is none is refused.

    `number` counts the lines that are not empty, `place` all of them. The findings of FHIR itself name
    the type of the resource, the place of the line and the path of the element.
    """
    kind: RecordKind | None = None
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
            findings.add(problem.code, table=name, line=place, name=problem.expression)
        if not findings.errors:
            return read_resource(resource, number=number, generation=forced)
    except RecordsError as refused:
        findings.add(refused.code, table=TABLE, line=place)
    chosen = forced or generations()[-1]
    return ReadRecord(number, kind, findings.record_key, None, tuple(findings.problems), chosen)


def _facility(line: bytes) -> str | None:
    """Return the facility that a resource names."""
    with suppress(RecordsError):
        filed = index(parse(line))
        return filed.facility if filed else None
    return None
