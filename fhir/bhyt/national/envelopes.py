"""What stands around the dossiers of a file, and in a HOSO beside its inner files, kept to the letter.

So that a dossier that was read can be written again with all that its file says of it: namespaces that
raw inner XML uses, TENCSKCB, the time in NGAYLAP, elements that no layout knows.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO
from xml.parsers.expat import ExpatError

from bhyt.errors import FileRefused
from bhyt.national.dossier import Dossier, InnerFile, take_apart
from bhyt.national.layouts import Frame
from bhyt.national.outline import Outline, outline_part
from bhyt.national.xml import START_TAG
from bhyt.problems import Findings

_COUNT = re.compile(
    rb"<((?:[^\s<>/:]+:)?)(SOLUONGHOSO)(?:\s[^>]*)?(?:/>|>(.*?)</\1SOLUONGHOSO\s*>)",
    re.DOTALL | re.IGNORECASE,
)
_SIGNATURE = re.compile(rb"<((?:[^\s<>/:]+:)?)Signature(?=[\s>]).*?</\1Signature\s*>", re.DOTALL)
_PREFIX = re.compile(rb"""\sxmlns:([^\s=]+)\s*=\s*("[^"]*"|'[^']*')""")


@dataclass(frozen=True, slots=True, repr=False)
class Envelope:
    """The bytes before the first and behind the last dossier of a file that held `records` of them."""

    head: bytes
    tail: bytes
    frame: Frame
    records: int

    @property
    def complete(self) -> bool:
        """Whether it says which facility made the file and on which day."""
        found = outline_part(BytesIO(self.head + self.tail))
        return found.facility is not None and found.made_on is not None

    def declarations(self) -> dict[str, str]:
        """Return the prefixes that it declares around the dossiers, each with its namespace in quotes."""
        return {name.decode(): uri.decode() for name, uri in _PREFIX.findall(self.frame.opening)}

    def around(self, dossier: Dossier) -> bytes | None:
        """Return a file of one dossier that was read from the same file, None if it cannot be put in there.

        SOLUONGHOSO is 1 then. The file is the old one to the letter if that held this dossier alone and
        nothing was changed; a signature is left out of any other, for which it does not hold.
        """
        element = _element(dossier, self.frame)
        if element is None:
            return None
        if self.records == 1 and element == dossier.element and self._of_one():
            return self.head + element + self.tail
        head, tail = (_COUNT.sub(_one, _SIGNATURE.sub(b"", part)) for part in (self.head, self.tail))
        if not _COUNT.search(head + tail):
            *_, inmost = START_TAG.findall(self.frame.opening)
            prefix = inmost[1 : inmost.find(b":") + 1] if b":" in inmost.split()[0] else b""
            before, tag, behind = head.rpartition(inmost)
            head = before + b"<%bSOLUONGHOSO>1</%bSOLUONGHOSO>" % (prefix, prefix) + tag + behind
        file = head + element + tail
        with suppress(FileRefused):
            outline_part(BytesIO(file))
            return file
        return None

    def _of_one(self) -> bool:
        """Say whether SOLUONGHOSO is there and 1."""
        return [(found[3] or b"").strip() for found in _COUNT.finditer(self.head + self.tail)] == [b"1"]


def envelope_of(file: BinaryIO, found: Outline) -> Envelope:
    """Return what stands around the dossiers of a file whose outline this is."""
    file.seek(0)
    head = file.read(found.head_end)
    file.seek(found.tail_start)
    return Envelope(head, file.read(), found.frame, len(found.pieces))


def _one(count: re.Match[bytes]) -> bytes:
    """Return SOLUONGHOSO of one dossier, named as it was."""
    return b"<%b>1</%b>" % ((count[1] + count[2],) * 2)


def _element(dossier: Dossier, frame: Frame) -> bytes | None:
    """Return the HOSO that was read with its inner files as they are now; None if they do not fit in."""
    element = dossier.element
    if element is None:
        return None
    parts = take_apart(element, frame, Findings(0))
    if len(parts) != len(dossier.files):
        return None
    place = 0
    for (_, old), file in zip(parts, dossier.files, strict=True):
        start = element.find(b">" + old + b"</", place) + 1
        new = file.content.encode()
        element = element[:start] + new + element[start + len(old) :]
        place = start + len(new)
    return element if _holds(element, frame, dossier.files) else None


def _holds(element: bytes, frame: Frame, files: Sequence[InnerFile]) -> bool:
    """Say whether a HOSO has these inner files."""
    try:
        parts = take_apart(element, frame, Findings(0))
    except ExpatError:
        return False
    return [(name.decode(), content.decode()) for name, content in parts] == [
        (file.table, file.content) for file in files
    ]
