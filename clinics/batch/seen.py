"""What this run saw before: a record again, in this file or an earlier one, and a birth's other paper.

Only digests and places are kept, and of the first births the facts.
"""

import hashlib
from dataclasses import dataclass
from struct import Struct

from bhyt.checks.birth_papers import contradictions, facts_of
from bhyt.national.outcomes import ReadRecord
from bhyt.problems import Problem, Severity
from bhyt.records.birth import Birth
from bhyt.records.content import content_hash
from bhyt.records.row import Row

KEY_BYTES = 16
"""How much of a record's key and content is remembered, to see it again: 100,000 records are 20 MB."""

MAX_BIRTHS = 10_000
"""Births of one run whose facts are remembered, to compare their two papers: 20 MB."""

_FIRST = Struct(f"<{KEY_BYTES}sIII")
"""A record's content, its file, its position among the file's records, and its number as it is told."""


@dataclass(frozen=True, slots=True)
class Again:
    """A record whose key came before: what that means, and the file and number of the one before."""

    code: str
    severity: Severity
    first: str


class Seen:
    """The records of one run by key, file after file.

    Within a file the first one is taken, and one with other content is an error. One of an earlier file
    is replaced by one of a later file. The same questions about the same file have the same answers,
    until the next file begins.
    """

    def __init__(self) -> None:
        self._files: list[str] = []
        self._earlier: dict[bytes, bytes] = {}
        self._here: dict[bytes, bytes] = {}
        self._births: dict[bytes, Row] = {}

    def begin(self, file: str) -> None:
        """Begin a file, named as reports name it."""
        self._earlier.update(self._here)
        self._here = {}
        self._files.append(file)

    def before(self, read: ReadRecord, *, position: int, number: int) -> Again | None:
        """Return how a record came before in this run, None for one that did not.

        `position` counts the records of the file; `number` is how a later finding tells of this one.
        """
        if read.record is None:
            return None
        content = bytes.fromhex(content_hash(read.record))[:KEY_BYTES]
        # XML9 and the certificate are two papers about one birth under one key: not twice the same record.
        paper = read.record.row.table if isinstance(read.record, Birth) else read.kind
        name = _digest(f"{paper}|{read.record.facility}|{read.key}".encode())
        here = self._here.setdefault(name, _FIRST.pack(content, len(self._files), position, number))
        _, _, place, _ = _FIRST.unpack(here)
        if place != position:
            return self._again(content, here, "record.twice", "error")
        earlier = self._earlier.get(name)
        return self._again(content, earlier, "record.replaces-earlier", "warning") if earlier else None

    def _again(self, content: bytes, known: bytes, code: str, severity: Severity) -> Again:
        """Return how a record came again: with the same content, or else with what `code` says."""
        first, file, _, number = _FIRST.unpack(known)
        told = f"{self._files[file - 1]} #{number}"
        return (
            Again("record.same-again", "warning", told) if first == content else Again(code, severity, told)
        )

    def differing(self, read: ReadRecord) -> tuple[Problem, ...]:
        """Return where a birth's paper tells otherwise than its other paper, earlier in this run, did."""
        if not isinstance(read.record, Birth):
            return ()
        row = read.record.row
        name = _digest(f"{read.record.facility}|{read.key}".encode())
        first = self._births.get(name)
        if first is None and len(self._births) < MAX_BIRTHS:
            self._births[name] = facts_of(row)
        return contradictions(row, first) if first is not None and first.table != row.table else ()


def _digest(name: bytes) -> bytes:
    return hashlib.blake2b(name, digest_size=KEY_BYTES).digest()
