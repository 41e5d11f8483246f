"""Bodies at rest: zstd, and each thread with a compressor of its own (zstandard's are not shared)."""

import threading

import zstandard

LEVEL = 3
MAX_BODY_BYTES = 64 * 1024 * 1024


class _PerThread(threading.local):
    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_own = _PerThread()


def pack(data: bytes) -> bytes:
    """Return `data` compressed."""
    return _own.compressor.compress(data)


def unpack(data: bytes) -> bytes:
    """Return what `pack` was given."""
    return _own.decompressor.decompress(data, max_output_size=MAX_BODY_BYTES)
