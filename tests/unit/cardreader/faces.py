"""DG2 files laid out by hand after Doc 9303-10 §4.7.2 and ISO/IEC 19794-5:2005 §5."""

from cardreader.lds.tlv import write_tlv

JPEG = b"\xff\xd8\xff\xe0 the rest of a JPEG file \xff\xd9"
JP2 = b"\x00\x00\x00\x0cjP  \r\n\x87\n the rest of a JP2 file"
CODESTREAM = b"\xff\x4f\xff\x51 the rest of a codestream"


def face(image: bytes = JPEG, *, points: int = 0, kind: int = 0, length: int | None = None) -> bytes:
    """Return facial information block, feature points, image information and image."""
    after = (
        points.to_bytes(2, "big")
        + bytes([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])  # gender to pose uncertainty
        + bytes([1, 2, 3, 0, 0, 100, 0, 120]) * points
        + bytes([1, kind, 0, 192, 1, 0, 1, 2, 0, 0, 0, 0])  # 192 x 256, 24-bit color, from a static camera
        + image
    )
    return (len(after) + 4 if length is None else length).to_bytes(4, "big") + after


def record(*faces: bytes, version: bytes = b"010\x00", length: int | None = None) -> bytes:
    """Return a facial record with its 14-byte header."""
    stated = 14 + sum(map(len, faces)) if length is None else length
    head = b"FAC\x00" + version + stated.to_bytes(4, "big") + len(faces).to_bytes(2, "big")
    return head + b"".join(faces)


def template(block: bytes, *, tag: int = 0x5F2E, biometric_type: int = 2, format_type: int = 8) -> bytes:
    """Return one biometric information template."""
    header = [(0x80, b"\x01\x01"), (0x81, bytes([biometric_type])), (0x87, b"\x01\x01")]
    parts = [*header, (0x88, format_type.to_bytes(2, "big"))]
    return write_tlv(
        0x7F60,
        write_tlv(0xA1, b"".join(write_tlv(tag, value) for tag, value in parts)) + write_tlv(tag, block),
    )


def group(*templates: bytes, count: int | None = None) -> bytes:
    """Return the file of DG2."""
    stated = write_tlv(0x02, bytes([len(templates) if count is None else count]))
    return write_tlv(0x75, write_tlv(0x7F61, stated + b"".join(templates)))


def dg2(image: bytes = JPEG) -> bytes:
    """Return an ordinary DG2 with this image."""
    return group(template(record(face(image))))
