"""How the time of a parser grows with its input: a structure's leaves made longer, its branches repeated.

A ratio of 2 for twice the bytes is linear, 4 is quadratic. It is printed for a person and never
asserted: a busy machine makes any number.
"""

import gc
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from cardreader.errors import CardError
from cardreader.lds.tlv import read_all, write_tlv

SIZES = (8_000, 16_000, 32_000)
LEAST_SECONDS = 0.005
CONSTRUCTED = 0x20


class Growth(NamedTuple):
    """The steepest growth that was found, and where."""

    ratio: float
    where: str


def grown(data: bytes, size: int) -> Iterator[tuple[str, bytes]]:
    """Yield the structure once for every leaf and branch of it, that one grown to about `size` bytes."""
    if not _is_structure(data):
        for letter in sorted(set(data))[:40]:
            yield f"letter {letter:02X}", data + bytes([letter]) * size
        yield "all of it", data * (size // max(1, len(data)))
        return
    yield from _grown(data, size, "")


def _grown(data: bytes, size: int, path: str) -> Iterator[tuple[str, bytes]]:
    parts = read_all(data)
    for number, (tag, value) in enumerate(parts):
        before = b"".join(write_tlv(*part) for part in parts[:number])
        after = b"".join(write_tlv(*part) for part in parts[number + 1 :])
        here = f"{path}/{tag:X}[{number}]"
        whole = write_tlv(tag, value)
        yield f"{here} repeated", before + whole * (size // len(whole)) + after
        if _is_structure(value) and _is_branch(tag):
            inner = _grown(value, size, here)
        else:
            fill = value[-1:] or b"\x00"
            inner = iter(
                [
                    (f"{here} longer", value + fill * size),
                    (f"{here} of ones", b"\xff" * size + value[-1:]),
                    (f"{here} of continued numbers", b"\x81" * size + b"\x01"),
                ]
            )
        for where, changed in inner:
            yield where, before + write_tlv(tag, changed) + after


def steepest(run: Callable[[bytes], object], seed: bytes) -> Growth:
    """Return the worst ratio between two sizes of one kind of growth, where there is a time to measure."""
    taken: dict[str, list[float]] = {}
    for size in SIZES:
        for where, data in grown(seed, size):
            taken.setdefault(where, []).append(min(_seconds(run, data) for _ in range(3)))
    steps = [
        Growth(longer / shorter, where)
        for where, seconds in taken.items()
        for shorter, longer in pairwise(seconds)
        if longer > LEAST_SECONDS
    ]
    return max(steps, default=Growth(1.0, "nothing takes long enough to be measured"))


def _seconds(run: Callable[[bytes], object], data: bytes) -> float:
    gc.collect()
    gc.disable()  # collecting comes in steps, which would look like growth
    try:
        started = time.perf_counter()
        run(data)
        return time.perf_counter() - started
    finally:
        gc.enable()


def _is_branch(tag: int) -> bool:
    first = tag >> 8 * ((tag.bit_length() + 7) // 8 - 1)
    return bool(first & CONSTRUCTED)


def _is_structure(data: bytes) -> bool:
    try:
        return bool(read_all(data))
    except CardError:
        return False
