"""Files, folders and archives as they are named on the command line -> one source for each file in them."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import click

from bhyt.errors import RecordsError
from bhyt.problems import problem_of
from cardreader.printable import printable
from clinics.batch.sources.archives import Member, members
from clinics.batch.sources.content import Content
from clinics.batch.sources.folders import files_in
from clinics.batch.sources.kinds import file_type
from clinics.batch.sources.national_file import NationalSource
from clinics.batch.sources.ndjson_file import NdjsonSource
from clinics.batch.sources.refusals import UNREADABLE, SourceRefused, code_of_fault
from clinics.batch.sources.sheet_file import SheetSource
from clinics.batch.sources.source import Options, Refused, Source

_DEFAULT = Options()


def find_sources(paths: Iterable[Path], options: Options = _DEFAULT) -> Iterator[Source]:
    """Yield one source for each file, in the order given, those of folders and archives by name.

    What cannot be read is a source that is refused. A source is closed when the next is asked for.
    """
    for path in paths:
        nothing = True
        try:
            for file in files_in(path) if path.is_dir() else (path,):
                nothing = False
                yield from _file(file, options, linked=file is not path and file.is_symlink())
            if nothing:
                raise SourceRefused("file.nothing-found")
        except (SourceRefused, OSError) as fault:
            yield _refused(_name(path), fault)


def _file(path: Path, options: Options, *, linked: bool) -> Iterator[Source]:
    """Yield the source of a file, or those of an archive. Raises OSError: it cannot be read."""
    name = _name(path)
    try:
        if linked:
            raise SourceRefused("file.link-outside")
        content = Content(_open(path))
    except (SourceRefused, OSError) as fault:
        yield _refused(name, fault)
        return
    source = _source(name, content, options)
    if source is None:
        with closing(content):
            yield from _archive(content, name, options)
    else:
        with source:
            yield source


def _open(path: Path) -> BinaryIO:
    """Open a regular file. Raises SourceRefused: a pipe or device, which may never end; OSError."""
    if path.exists() and not path.is_file():
        raise SourceRefused(UNREADABLE)
    return path.open("rb")


def _archive(archive: Content, name: str, options: Options) -> Iterator[Source]:
    """Yield the sources of an archive; archives in it are not opened."""
    nothing = True
    try:
        with archive.open() as file:
            for member in members(file):
                nothing = False
                with _member(f"{name}!/{printable(member.name)}", member, options) as source:
                    yield source
        if nothing:
            raise SourceRefused("file.nothing-found")
    except SourceRefused as fault:
        yield _refused(name, fault)


def _member(name: str, member: Member, options: Options) -> Source:
    """Return the source of one member."""
    if member.content is None:
        return Refused(name, member.refused or "archive.broken")
    source = _source(name, member.content, options)
    if source is None:
        member.content.close()
        return Refused(name, "archive.nested")
    return source


def _source(name: str, content: Content, options: Options) -> Source | None:
    """Return the source of a file, which owns the content from now on; None if it is an archive."""
    try:
        with content.open() as file:
            kind = file_type(file)
        match kind:
            case "zip":
                return None
            case "xml":
                return NationalSource(name, content, options)
            case "ndjson":
                return NdjsonSource(name, content, options)
        return SheetSource(name, content, options, workbook=kind == "xlsx")
    except (RecordsError, SourceRefused, OSError) as fault:
        content.close()
        return _refused(name, fault)


def _refused(name: str, fault: RecordsError | SourceRefused | OSError) -> Refused:
    """Return the source of a file of which nothing is read, with the code that says why."""
    if isinstance(fault, RecordsError):
        return Refused(name, fault.code, (problem_of(fault),))
    return Refused(name, fault.code if isinstance(fault, SourceRefused) else code_of_fault(fault))


def _name(path: Path) -> str:
    return printable(click.format_filename(path))
