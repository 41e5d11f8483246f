"""Files, folders and archives as they are named on the command line -> one source for each file in them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from bhyt.errors import RecordsError
from cardreader.printable import printable
from clinics.batch.sources.content import Content
from clinics.batch.sources.national_file import NationalSource
from clinics.batch.sources.refusals import SourceRefused, code_of_fault
from clinics.batch.sources.source import Options, Refused, Source

_DEFAULT = Options()


def find_sources(paths: Iterable[Path], options: Options = _DEFAULT) -> Iterator[Source]:
    """Yield one source for each file, in the order given; what cannot be read is one that is refused.

    A source is closed when the next one is asked for.
    """
    for path in paths:
        with _open(path, options) as source:
            yield source


def _open(path: Path, options: Options) -> Source:
    name = printable(click.format_filename(path))
    try:
        return _read(name, Content(path.open("rb")), options)
    except OSError as fault:
        return Refused(name, "file.directory" if path.is_dir() else code_of_fault(fault))


def _read(name: str, content: Content, options: Options) -> Source:
    try:
        return NationalSource(name, content, options)
    except (RecordsError, SourceRefused) as refused:
        content.close()
        return Refused(name, refused.code)
