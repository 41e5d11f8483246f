"""Files, folders and archives as they are named on the command line -> one source for each file in them."""

from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path

import click

from bhyt.errors import RecordsError
from cardreader.printable import printable
from clinics.batch.sources.archives import members
from clinics.batch.sources.content import Content
from clinics.batch.sources.folders import files_in
from clinics.batch.sources.kinds import FileType, file_type
from clinics.batch.sources.national_file import NationalSource
from clinics.batch.sources.ndjson_file import NdjsonSource
from clinics.batch.sources.refusals import SourceRefused, code_of_fault
from clinics.batch.sources.sheet_file import SheetSource
from clinics.batch.sources.source import Options, Refused, Source

_DEFAULT = Options()


def find_sources(paths: Iterable[Path], options: Options = _DEFAULT) -> Iterator[Source]:
    """Yield one source for each file, in the order given, those of folders and archives by name.

    What cannot be read is a source that is refused. A source is closed when the next is asked for.
    """
    for path in paths:
        name = _name(path)
        try:
            if path.is_dir():
                yield from _folder(path, name, options)
            else:
                yield from _file(path, name, options)
        except SourceRefused as refused:
            yield Refused(name, refused.code)
        except OSError as fault:
            yield Refused(name, code_of_fault(fault))


def _folder(folder: Path, name: str, options: Options) -> Iterator[Source]:
    """Yield the sources of a folder. Raises SourceRefused: too much, or nothing, is in it."""
    found = False
    for path in files_in(folder):
        found = True
        if path.is_symlink():
            yield Refused(_name(path), "file.link-outside")
            continue
        try:
            yield from _file(path, _name(path), options)
        except (SourceRefused, OSError) as refused:
            yield Refused(_name(path), _code(refused))
    if not found:
        raise SourceRefused("file.nothing-found")


def _file(path: Path, name: str, options: Options) -> Iterator[Source]:
    """Yield the source of a file, or those of an archive. Raises SourceRefused, OSError: it cannot be read."""
    content = Content(path.open("rb"))
    try:
        kind = _type(content)
    except SourceRefused:
        content.close()
        raise
    if kind != "zip":
        with _source(name, content, kind, options) as source:
            yield source
        return
    try:
        yield from _archive(content, name, options)
    finally:
        content.close()


def _archive(archive: Content, name: str, options: Options) -> Iterator[Source]:
    """Yield the sources of an archive. Raises SourceRefused: it is broken, or nothing is in it."""
    found = False
    with archive.open() as file:
        for member in members(file):
            found = True
            with _member(
                f"{name}!/{printable(member.name)}", member.content, member.refused, options
            ) as source:
                yield source
    if not found:
        raise SourceRefused("file.nothing-found")


def _member(name: str, content: Content | None, refused: str | None, options: Options) -> Source:
    """Return the source of a member; archives in archives are not opened."""
    if content is None:
        return Refused(name, refused or "archive.broken")
    try:
        kind = _type(content)
        if kind == "zip":
            raise SourceRefused("archive.nested")
    except SourceRefused as error:
        content.close()
        return Refused(name, error.code)
    return _source(name, content, kind, options)


def _source(name: str, content: Content, kind: FileType, options: Options) -> Source:
    """Return the source of one file, which owns the content from now on."""
    try:
        match kind:
            case "xml":
                return NationalSource(name, content, options)
            case "ndjson":
                return NdjsonSource(name, content, options)
            case _:
                return SheetSource(name, content, options, workbook=kind == "xlsx")
    except (RecordsError, SourceRefused) as refused:
        content.close()
        return Refused(name, refused.code)


def _type(content: Content) -> FileType:
    with content.open() as file:
        return file_type(file)


def _name(path: PathLike[str]) -> str:
    return printable(click.format_filename(path))
