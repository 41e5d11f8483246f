"""Lines that another program pipes in: one that is waited for, or all as they come meanwhile."""

import os
import queue
import threading
from collections.abc import Iterator
from typing import BinaryIO

MAX_LINE_BYTES = 8_000  # the longest QR text, each character of four bytes
_CHUNK = 4_096


def lines_of(descriptor: int) -> "queue.SimpleQueue[str]":
    """Return a queue that fills with the descriptor's lines until its end; read by a thread of its own.

    A line that is too long or not UTF-8 arrives as one that no parser takes: U+FFFD.
    """
    arrived: queue.SimpleQueue[str] = queue.SimpleQueue()
    # Not by `sys.stdin`: a thread that waits in its buffer would hold up the end of the program.
    threading.Thread(target=_fill, args=(descriptor, arrived), name="stdin", daemon=True).start()
    return arrived


def _fill(descriptor: int, arrived: "queue.SimpleQueue[str]") -> None:
    for line in cut(iter(lambda: os.read(descriptor, _CHUNK), b"")):
        arrived.put(line)


def one_line(stream: BinaryIO) -> str:
    """Return the next line without a byte of what follows it, which is for others; U+FFFD as `lines_of`.

    The line is empty at the end of the stream.
    """
    source = getattr(stream, "raw", stream)  # a buffer would keep what follows
    line = b""
    while len(line) <= MAX_LINE_BYTES and not line.endswith(b"\n"):
        byte = source.read(1)
        if not byte:
            break
        line += byte
    return _text(line)


def cut(chunks: Iterator[bytes]) -> Iterator[str]:
    """Yield the lines that these chunks make, without blank ones; no more than one line is held."""
    pending = b""
    for chunk in chunks:
        *whole, pending = (pending + chunk).split(b"\n")
        yield from filter(None, map(_text, whole))
        pending = pending[: MAX_LINE_BYTES + 1]
    yield from filter(None, [_text(pending)])


def _text(line: bytes) -> str:
    return "\ufffd" if len(line) > MAX_LINE_BYTES else line.decode("utf-8", errors="replace").strip()
