"""Draws the emulated card's face image: a gray head and shoulders, a valid baseline JPEG made in code.

Each picture element is one 8 x 8 block that holds nothing but its mean value,
so the whole coder is one Huffman table of sixteen equal codes for the mean and
one of a single code, "end of block", for the rest; ITU-T T.81 annexes B and F.
"""

_BLOCKS_ACROSS = 24
_BLOCKS_DOWN = 32
WIDTH = _BLOCKS_ACROSS * 8
HEIGHT = _BLOCKS_DOWN * 8
_BACKGROUND, _SKIN, _COAT = 200, 140, 70


def portrait() -> bytes:
    """Return the JPEG file, 192 x 256, eight bits of gray."""
    scan = _entropy_coded([_shade(x, y) for y in range(_BLOCKS_DOWN) for x in range(_BLOCKS_ACROSS)])
    quantization = _segment(0xDB, b"\x00", b"\x01" * 64)
    frame = _segment(0xC0, b"\x08", HEIGHT.to_bytes(2, "big"), WIDTH.to_bytes(2, "big"), b"\x01\x01\x11\x00")
    # Twelve codes of four bits for the twelve magnitudes; one code of one bit for "end of block".
    means = _segment(0xC4, b"\x00", bytes((0, 0, 0, 12, *[0] * 12)), bytes(range(12)))
    details = _segment(0xC4, b"\x10", bytes((1, *[0] * 15)), b"\x00")
    start = _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    return b"\xff\xd8" + quantization + frame + means + details + start + scan + b"\xff\xd9"


def _shade(x: int, y: int) -> int:
    head = ((x - 11.5) / 5) ** 2 + ((y - 11.5) / 7) ** 2 <= 1
    shoulders = ((x - 11.5) / 10) ** 2 + ((y - 32) / 12) ** 2 <= 1
    return _SKIN if head else _COAT if shoulders else _BACKGROUND


def _entropy_coded(shades: list[int]) -> bytes:
    bits: list[str] = []
    previous = 0
    for shade in shades:
        mean = (shade - 128) * 8  # the DC coefficient of a flat block, quantized by 1
        bits.append(_difference(mean - previous) + "0")
        previous = mean
    joined = "".join(bits)
    padded = joined + "1" * (-len(joined) % 8)
    return int(padded, 2).to_bytes(len(padded) // 8, "big").replace(b"\xff", b"\xff\x00")


def _difference(value: int) -> str:
    """Return the four-bit magnitude code and the value's bits, a negative one as its ones' complement."""
    size = abs(value).bit_length()
    offset = value if value >= 0 else value + (1 << size) - 1
    return f"{size:04b}" + (f"{offset:0{size}b}" if size else "")


def _segment(marker: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body
