"""A card's face image as a PNG, decoded in a process of its own (`cardreader.portrait_process`).

The image is a stranger's bytes for two large C libraries. The process gets nothing but
pipes and hands back bare pixels, so whatever happens in there ends there; the PNG
(ISO/IEC 15948) is written here.
"""

import contextlib
import subprocess
import sys
import threading
import zlib
from collections.abc import Sequence

from cardreader.errors import FaceUndecodable
from cardreader.lds.datagroups import MAX_GROUP_BYTES

MAX_IMAGE_BYTES = MAX_GROUP_BYTES
MAX_PIXELS = 4_000_000
MAX_WALL_SECONDS = 10.0
ANSWER_HEADER = 9  # width and height of four bytes each, samples a pixel of one

_DECODER = (sys.executable, "-I", "-m", "cardreader.portrait_process")
_GRAY, _COLOR = 1, 3
_PNG_COLOR_TYPES = {_GRAY: 0, _COLOR: 2}


def face_png(
    image: bytes, *, decoder: Sequence[str] = _DECODER, wall_seconds: float = MAX_WALL_SECONDS
) -> bytes:
    """Return the JPEG or JPEG 2000 image as a PNG of eight bits of gray or color, without metadata.

    Raises FaceUndecodable: broken, of another format, more than MAX_IMAGE_BYTES or MAX_PIXELS,
    or its decoding took more time or memory than the process may use, or killed it.
    """
    if len(image) > MAX_IMAGE_BYTES:
        raise FaceUndecodable(f"the image has more than {MAX_IMAGE_BYTES} bytes")
    answer = _answer(image, decoder, wall_seconds)
    width, height = int.from_bytes(answer[:4], "big"), int.from_bytes(answer[4:8], "big")
    samples, pixels = answer[8], answer[ANSWER_HEADER:]
    if samples not in _PNG_COLOR_TYPES or not 0 < width * height <= MAX_PIXELS:
        raise FaceUndecodable("the decoder answered with no image of the allowed size")
    if len(pixels) != width * height * samples:
        raise FaceUndecodable("the decoder answered with too few or too many pixels")
    return _png(width, height, samples, pixels)


def _answer(image: bytes, decoder: Sequence[str], wall_seconds: float) -> bytes:
    """Return what the decoder wrote before it ended well, within the largest answer there can be."""
    most = ANSWER_HEADER + MAX_PIXELS * _COLOR
    try:
        process = subprocess.Popen(  # noqa: S603 -- this interpreter and a module of ours
            decoder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,  # Ctrl-C is for us; the process ends with the read below
        )
    except OSError as error:
        raise FaceUndecodable("the decoder could not be started") from error
    with process:
        watchdog = threading.Timer(wall_seconds, process.kill)
        watchdog.start()
        try:
            answer = _exchanged(process, image, most)
        finally:
            watchdog.cancel()
            process.kill()
    if process.returncode != 0 or not ANSWER_HEADER <= len(answer) <= most:
        raise FaceUndecodable(f"the decoder ended with status {process.returncode}")
    return answer


def _exchanged(process: subprocess.Popen[bytes], image: bytes, most: int) -> bytes:
    """Give the process the image and return its answer, one byte more than `most` when it does not stop."""
    if process.stdin is None or process.stdout is None:
        raise FaceUndecodable("the decoder has no pipes")
    with contextlib.suppress(BrokenPipeError), process.stdin:
        process.stdin.write(image)
    answer = process.stdout.read(most + 1)
    if len(answer) <= most:
        process.wait()
    return answer


def _png(width: int, height: int, samples: int, pixels: bytes) -> bytes:
    row = width * samples
    rows = b"".join(b"\x00" + pixels[start : start + row] for start in range(0, len(pixels), row))
    header = (
        width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, _PNG_COLOR_TYPES[samples], 0, 0, 0))
    )
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
