"""A national XML file as a source: it travels as it is."""

from collections.abc import Iterator
from typing import BinaryIO

from bhyt.national import ReadRecord, open_file
from clinics.batch.sources.content import Content
from clinics.batch.sources.source import Options, Source


class NationalSource(Source):
    """A national XML file. Raises FileRefused (see bhyt.errors): the file as a whole is not read."""

    def __init__(self, name: str, content: Content, options: Options) -> None:
        super().__init__(name)
        self._content = content
        self._file = open_file(content.open(), generation=options.generation)
        self.facility = self._file.facility
        self.problems = self._file.problems
        self.outline = self._file.outline

    def open(self) -> BinaryIO:
        """Return a reader of the file."""
        return self._content.open()

    def close(self) -> None:
        """Close the file."""
        self._content.close()

    def _records(self) -> Iterator[ReadRecord]:
        """Yield every record of the file."""
        return self._file.records()
