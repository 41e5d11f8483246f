"""A national XML file as a source: it travels as it is."""

from collections.abc import Iterator
from typing import BinaryIO, cast

from bhyt.national import Problem, read_file
from bhyt.records.checkin import CheckIn
from bhyt.records.content import Record, RecordKind, business_key, kind
from clinics.batch.sources.content import Content
from clinics.batch.sources.read_record import ReadRecord
from clinics.batch.sources.source import Options, Source


class NationalSource(Source):
    """A national XML file. Raises FileRefused (see bhyt.errors): the file as a whole is not read."""

    def __init__(self, name: str, content: Content, options: Options) -> None:
        super().__init__(name)
        self._content = content
        self._found = read_file(content.read_at(0, content.size))
        self.facility = self._found.facility
        self.generation = options.generation

    def open(self) -> BinaryIO:
        """Return a reader of the file."""
        return self._content.open()

    def records(self) -> Iterator[ReadRecord]:
        """Yield every record of the file."""
        grouped: dict[tuple[str | None, str | None], list[Problem]] = {}
        for problem in self._found.problems:
            grouped.setdefault((problem.kind, problem.record_key), []).append(problem)
        for record in self._found.records:
            findings = grouped.pop((kind(record), _name(record)), [])
            yield _read(record, findings)
        for (record_kind, key), problems in grouped.items():
            yield ReadRecord(
                number=problems[0].dossier,
                kind=cast("RecordKind", record_kind or "claim"),
                key=key,
                record=None,
                findings=tuple(problems),
            )

    def close(self) -> None:
        """Close the file."""
        self._content.close()


def _read(record: Record, findings: list[Problem]) -> ReadRecord:
    return ReadRecord(
        number=findings[0].dossier if findings else 1,
        kind=kind(record),
        key=business_key(record),
        record=record,
        findings=tuple(findings),
    )


def _name(record: Record) -> str:
    return record.visit_id if isinstance(record, CheckIn) else business_key(record)
