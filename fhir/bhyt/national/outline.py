"""The first pass over a national file: is its form sound, and where does each record element lie.

expat reads the file in blocks, so memory stays flat whatever the file's size. What the record
elements hold is the second pass's business.
"""

import re
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, islice
from typing import BinaryIO, overload
from xml.parsers.expat import ExpatError

from bhyt.errors import (
    BadDate,
    FileTooLarge,
    FrameTooLarge,
    NoFacility,
    NoRecords,
    NotXml,
    TextTooLong,
    Truncated,
    UnknownRoot,
    WrongEncoding,
)
from bhyt.national.dossier import read_dossier
from bhyt.national.first_pass import MAX_FRAME_BYTES, MAX_OPENING_BYTES, MAX_TEXT_BYTES, FirstPass
from bhyt.national.layouts import FileKind, FileLayout, Frame, facility_of_certificate
from bhyt.national.whole_file import counted, note_form
from bhyt.national.xml import START_TAG, declaration_first
from bhyt.problems import Findings, Problem
from bhyt.records.dates import day_from_national

MAX_FILE_BYTES = 4_000_000_000
"""The largest file that is read."""

_BLOCK = 1 << 16
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00")
_CUT_SHORT = {3, 5, 6, 20}  # expat: no element found, unclosed token, partial character, unclosed CDATA
_TAG_NAME = re.compile(rb"<([^\s/>]+)")


class Pieces(Sequence[tuple[int, int]]):
    """The byte ranges `(start, end)` of the record elements, 8 bytes each.

    A piece ends where the next one starts, so that it holds what stands between them too; the
    last one ends with its element. Joined they are all that lies between head and tail.
    """

    def __init__(self, starts: "array[int]", end: int) -> None:
        self._starts = starts
        self._end = end

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._starts, chain(islice(self._starts, 1, None), (self._end,)), strict=False)

    @overload
    def __getitem__(self, index: int) -> tuple[int, int]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[int, int]]: ...
    def __getitem__(self, index: int | slice) -> tuple[int, int] | Sequence[tuple[int, int]]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        number = range(len(self))[index]
        return self._starts[number], self._starts[number + 1] if number + 1 < len(self) else self._end


@dataclass(frozen=True, slots=True)
class Outline:
    """What the first pass found; offsets count bytes from the start of the file.

    `head_end` is where the first record element begins, `tail_start` where the last one ends.
    `frame` turns a piece into a document. `made_on` is NGAYLAP, `declared` SOLUONGHOSO, None if the
    file has none; `signed` tells whether an XML signature stands outside the records. `problems`
    are those of the file as a whole, all warnings.
    """

    layout: FileLayout
    frame: Frame
    head_end: int
    tail_start: int
    pieces: Pieces
    facility: str | None
    made_on: date | None
    declared: int | None
    signed: bool
    size: int
    problems: tuple[Problem, ...] = ()

    @property
    def kind(self) -> FileKind:
        """Return what the file holds."""
        return self.layout.kind


def outline(file: BinaryIO) -> Outline:
    """Return the outline of a national file, which is read from its start, in blocks.

    Raises FileRefused (see bhyt.errors): not XML or cut short, not UTF-8, a DOCTYPE, an unknown
    root, over a limit, several lists of records, no facility, no record.
    """
    first, size = _fitting_pass(file)
    layout = first.layout
    if layout is None:
        raise UnknownRoot
    findings = Findings(0)
    file.seek(0)
    note_form(
        file.read(_BLOCK),
        encoding=first.encoding,
        odd_name=first.odd_name,
        layout=layout,
        findings=findings,
    )
    facility = _facility(first)
    if not first.starts:
        raise NoFacility if layout.kind == "claims" and facility is None else NoRecords
    declared = None
    if layout.kind == "claims":
        declared = counted(first.texts.get("SOLUONGHOSO"), len(first.starts), findings)
    found = _outline(file, first, layout, facility=facility, declared=declared, size=size)
    if facility is None:
        found = replace(found, facility=_sender(file, found, findings))
    return replace(found, problems=tuple(findings.problems))


def outline_part(file: BinaryIO) -> Outline:
    """Return the outline of a file of which only some of the records are there.

    Raises FileRefused as `outline` does, but misses no facility and does not count the records.
    """
    first, size = _fitting_pass(file)
    if first.layout is None:
        raise UnknownRoot
    facility = _facility(first) if first.layout.kind == "claims" else None
    return _outline(file, first, first.layout, facility=facility, declared=None, size=size)


def _fitting_pass(file: BinaryIO) -> tuple[FirstPass, int]:
    """Return the first pass and the size of the file.

    Only where official names find no record, names in a namespace or in small letters are read: the
    usual files cost one pass.
    """
    with suppress(UnknownRoot):
        first, size = _pass(file, FirstPass())
        if first.starts:
            return first, size
    return _pass(file, FirstPass(any_names=True))


def _pass(file: BinaryIO, first: FirstPass) -> tuple[FirstPass, int]:
    """Feed the file to a parser; return it and the file's size in bytes."""
    size = 0
    file.seek(0)
    try:
        while block := file.read(_BLOCK):
            if not size:
                if block.startswith(_OTHER_ENCODINGS):
                    raise WrongEncoding
                block = declaration_first(block)
            size += len(block)
            if size > MAX_FILE_BYTES:
                raise FileTooLarge(MAX_FILE_BYTES)
            first.parser.Parse(block, False)
            first.check_reach(size, _BLOCK)
        first.parser.Parse(b"", True)
    except ExpatError as error:
        raise _refusal(error, file, first, size) from error
    return first, size


def _refusal(error: ExpatError, file: BinaryIO, first: FirstPass, size: int) -> NotXml | WrongEncoding:
    """Tell a file that ends too early, and bytes that are no UTF-8, from what is simply not XML."""
    if error.code in _CUT_SHORT and first.layout is not None:
        return Truncated(error.lineno, error.offset + 1)
    place = first.parser.ErrorByteIndex
    if 0 <= place < size:
        file.seek(place)
        around = file.read(4)
        if around[0] >= 0x80 and not _is_character(around):
            return WrongEncoding()
    return NotXml(error.lineno, error.offset + 1)


def _is_character(data: bytes) -> bool:
    """Say whether `data` begins with one character in UTF-8."""
    for length in range(1, len(data) + 1):
        with suppress(UnicodeDecodeError):
            return bool(data[:length].decode())
    return False


def _facility(first: FirstPass) -> str | None:
    """Return the facility that the envelope, or the first record that names one, is from."""
    text = first.texts.get(first.layout.facility) if first.layout else None
    if text and first.layout and first.layout.kind == "births":
        return facility_of_certificate(text)
    return text


def _sender(file: BinaryIO, found: Outline, findings: Findings) -> str:
    """Return the facility that the summary of the first dossier names, where the envelope names none.

    Raises NoFacility: that names none either.
    """
    if found.kind == "claims":
        start, end = found.pieces[0]
        file.seek(start)
        summary = read_dossier(file.read(end - start), found.frame, Findings(1)).tables().get("XML1")
        if summary and (named := summary[0].text("MA_CSKCB")):
            findings.add("file.facility-in-summary", severity="warning", name="MACSKCB", value=named)
            return named
    raise NoFacility


def _made_on(text: str | None) -> date | None:
    """Return the day of NGAYLAP, which some write with a time behind it; None if it is none."""
    with suppress(BadDate):
        return day_from_national((text or "")[:8])
    return None


def _outline(
    file: BinaryIO,
    first: FirstPass,
    layout: FileLayout,
    *,
    facility: str | None,
    declared: int | None,
    size: int,
) -> Outline:
    """Put together what was found; the start tags around the records are read once more.

    Raises FrameTooLarge, TextTooLong: what stands around the records goes beyond a limit.
    """
    head_end = first.starts[0] if first.starts else size
    tail_start = _end_of_last(file, first, layout) if first.starts else size
    if first.starts and max(head_end, size - tail_start) > MAX_FRAME_BYTES:
        raise FrameTooLarge(MAX_FRAME_BYTES)
    file.seek(0)
    head = file.read(min(head_end, MAX_FRAME_BYTES))
    return Outline(
        layout=layout,
        frame=_frame(head, first.ancestors),
        head_end=head_end,
        tail_start=tail_start,
        pieces=Pieces(first.starts, tail_start),
        facility=facility,
        made_on=_made_on(first.texts.get("NGAYLAP")),
        declared=declared,
        signed=first.signed,
        size=size,
    )


def _frame(head: bytes, ancestors: Sequence[int]) -> Frame:
    """Return the tags of the elements that begin at `ancestors`. Raises FrameTooLarge: they are too long."""
    tags = [tag[0] for place in ancestors if (tag := START_TAG.match(head, place))]
    opening = b"".join(tags)
    if len(tags) < len(ancestors) or len(opening) > MAX_OPENING_BYTES:
        raise FrameTooLarge(MAX_OPENING_BYTES)
    names = [name[1] for tag in reversed(tags) if (name := _TAG_NAME.match(tag))]
    return Frame(opening, b"".join(b"</%s>" % name for name in names), len(tags))


def _end_of_last(file: BinaryIO, first: FirstPass, layout: FileLayout) -> int:
    """Return where the last record element ends. Raises TextTooLong: its end tag is absurdly long."""
    file.seek(first.starts[-1])
    opened = _TAG_NAME.match(file.read(_BLOCK))
    name = opened[1] if opened else layout.record.encode()
    file.seek(first.last_end_tag)
    tag = file.read(_BLOCK)
    match = re.match(rb"</%s\s*>" % re.escape(name), tag)
    if match:
        return first.last_end_tag + match.end()
    if tag.startswith(b"</" + name):
        raise TextTooLong(MAX_TEXT_BYTES)
    return first.last_end_tag  # an empty element, whose end is told as it is
