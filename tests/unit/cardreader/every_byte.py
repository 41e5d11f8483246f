"""Flip the bytes of what a card or a trust list holds, and see what is still accepted.

A part is judged as the reader and the gateway judge it. What a flip leaves accepted must say the
same as before, and must lie in a piece that docs/unsigned-bytes.md names.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from cardreader.errors import CardError
from cardreader.lds.tlv import read_header
from cardreader.proof import chip, evidence, links, passive, signed_content, verdict
from cardreader.proof.evidence import Evidence, details_of, identity
from cardreader.proof.trust import TrustStore
from cardreader.proof.verdict import examine

TEXT_TYPE, BLANK = 0x1F, 0x29  # what leads from PrintableString to UTF8String, from a space to a tab
SOME_BITS = (0x01, 0xFF, TEXT_TYPE)
EVERY_BIT = (0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF, TEXT_TYPE)
ONE_BIT_AND_ALL = (0x01, 0xFF)

# All of them pure: what one flip does not touch is computed once.
_PURE = [
    (passive, "parse_security_object"),
    (passive, "parse_certificate"),
    (evidence, "parse_dg1"),
    (evidence, "parse_dg13"),
    (verdict, "parse_chip_keys"),
    (verdict, "verify_active"),
    (chip.ChipExamination, "verify"),
    (links, "verify_signature"),
    (signed_content, "verify_signature"),
]


@dataclass(frozen=True)
class Part:
    """Bytes with the judge that accepts them: the judge returns None for a refusal, else all that is said.

    `uncovered` are the positions that nothing covers, by the names that the page gives them.
    """

    data: bytes
    judge: Callable[[bytes], Any]
    uncovered: Mapping[str, frozenset[int]] = field(default_factory=dict)


def places(data: bytes, piece: bytes) -> frozenset[int]:
    """Return the positions of a piece that stands once in the data."""
    assert data.count(piece) == 1
    return frozenset(range(data.index(piece), data.index(piece) + len(piece)))


def judged(given: Evidence, trust: TrustStore, *, at: datetime, **asked: Any) -> Any:
    """Return all that is said of accepted evidence, None of what is refused."""
    found = examine(given, trust, at=at, **asked)
    if found.failure() is not None:
        return None
    try:
        return found, identity(given), details_of(given)
    except CardError:
        return None


def check(part: Part, masks: Iterable[int], *, every: int = 1) -> set[str]:
    """Flip every byte (or one of `every`) with each mask; return the names of what a flip left alone."""
    said = part.judge(part.data)
    assert said is not None
    touched = set()
    for position, changed in flipped(part.data, masks, every=every):
        answer = part.judge(changed)
        if answer is None:
            continue
        assert answer == said, f"accepted, and says something else: {where(part.data, position)}"
        names = {name for name, positions in part.uncovered.items() if position in positions}
        assert names, f"changes nothing, and is on no list: {where(part.data, position)}"
        touched |= names
    return touched


def flipped(data: bytes, masks: Iterable[int], *, every: int = 1) -> Iterator[tuple[int, bytes]]:
    """Yield the position of each flip, and what comes of it."""
    masks = tuple(masks)
    for position in range(0, len(data), every):
        for mask in masks:
            yield position, data[:position] + bytes([data[position] ^ mask]) + data[position + 1 :]


def where(data: bytes, position: int) -> str:
    """Return the tags on the way to a position, each with its number among its siblings."""
    path, start, end = f"byte {position}", 0, len(data)
    while start < end:
        try:
            offset, number = start, 0
            while True:
                tag, length, value = read_header(data, offset)
                if position < value + length:
                    break
                offset, number = value + length, number + 1
        except CardError:
            return path
        path += f" / {tag:X}[{number}]"
        if position < value or not data[offset] & 0x20:
            return path
        start, end = value, value + length
    return path


@pytest.fixture(scope="module")
def computed_once() -> Iterator[None]:
    """Remember the results of pure functions while the tests of a module run."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in _PURE:
            patch.setattr(owner, name, functools.lru_cache(maxsize=64)(getattr(owner, name)))
        yield
