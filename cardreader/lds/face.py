"""DG2: the holder's face out of its biometric template (Doc 9303-10 §4.7.2, ISO/IEC 19794-5:2005 §5).

The template is BER-TLV after CBEFF; the record inside it is of fixed fields.
ISO/IEC 39794-5, its successor, is recognized and named, not read.
"""

from dataclasses import dataclass, field
from typing import Literal

from cardreader.errors import FaceUnsupported, MalformedData, OversizedData
from cardreader.lds.datagroups import DATA_GROUPS, MAX_GROUP_BYTES
from cardreader.lds.tlv import read_all, read_one

MAX_TEMPLATES = 9  # the number of instances is one digit in Doc 9303-10

_GROUP, _TEMPLATE, _COUNT, _HEADER = 0x7F61, 0x7F60, 0x02, 0xA1
_BLOCK, _CONSTRUCTED_BLOCK = 0x5F2E, 0x7F2E
_BIOMETRIC_TYPE, _FORMAT_TYPE = 0x81, 0x88
_FACIAL_FEATURES = 0x02
_ISO_39794_FACE = 0x002A  # CBEFF registry: g3-binary-face-image
_ISO_39794_TAGS = (0xA1, 0x65)  # how its block starts in DG2, and without the envelope

_RECORD_HEADER, _FACE_HEADER, _FEATURE_POINT, _IMAGE_HEADER = 14, 20, 8, 12
_FORMAT, _VERSION = b"FAC\x00", b"010\x00"
_SIGNATURES: tuple[tuple[bytes, Literal["JPEG", "JPEG2000"]], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG2000"),  # a JP2 file
    (b"\xff\x4f\xff\x51", "JPEG2000"),  # a bare codestream
)


@dataclass(frozen=True, slots=True)
class FaceImage:
    """A compressed image as the card stores it; `width` and `height`, in pixels, are what the record says."""

    format: Literal["JPEG", "JPEG2000"]
    data: bytes = field(repr=False)
    width: int
    height: int


def parse_face(dg2: bytes) -> FaceImage:
    """Return the first image of the first facial template in DG2.

    The format is the one that the image's first bytes show; the header's
    image type must name one of the two that Doc 9303 allows.

    Raises MalformedData: a tag, count or length that does not fit. OversizedData: more bytes
    or templates than the standard allows. FaceUnsupported: ISO/IEC 39794-5, another version
    of 19794-5, another image format, or no facial template.
    """
    if len(dg2) > MAX_GROUP_BYTES:
        raise OversizedData(f"DG2 has more than {MAX_GROUP_BYTES} bytes")
    for template in _templates(dg2):
        block = _facial_block(template)
        if block is not None:
            return _first_image(block)
    raise FaceUnsupported("DG2 holds no facial template")


def _templates(dg2: bytes) -> list[bytes]:
    """Return each biometric information template; their number must be the one that is stated."""
    stated, *others = read_all(read_one(read_one(dg2, DATA_GROUPS[2].tag), _GROUP)) or [(0, b"")]
    templates = [value for tag, value in others if tag == _TEMPLATE]
    if stated[0] != _COUNT or len(templates) != len(others):
        raise MalformedData("DG2 is not a count and templates")
    if len(templates) > MAX_TEMPLATES:
        raise OversizedData(f"DG2 has more than {MAX_TEMPLATES} templates")
    if not templates or stated[1] != bytes([len(templates)]):
        raise MalformedData("DG2 states another number of templates than it has")
    return templates


def _facial_block(template: bytes) -> bytes | None:
    """Return the template's data block, or None where its header says that it is no face."""
    parts = read_all(template)
    if len(parts) != 2 or parts[0][0] != _HEADER or parts[1][0] not in (_BLOCK, _CONSTRUCTED_BLOCK):
        raise MalformedData("a biometric template is not a header and a block")
    header, block = dict(read_all(parts[0][1])), parts[1][1]
    kind = header.get(_BIOMETRIC_TYPE)
    if kind is not None and int.from_bytes(kind, "big") != _FACIAL_FEATURES:
        return None
    newer = int.from_bytes(header.get(_FORMAT_TYPE, b""), "big") == _ISO_39794_FACE
    if newer or block[:1] in [bytes([tag]) for tag in _ISO_39794_TAGS]:
        raise FaceUnsupported("the face is stored after ISO/IEC 39794-5")
    return block


def _first_image(record: bytes) -> FaceImage:
    """Return the first image of a facial record (§5.4 to §5.8)."""
    if len(record) < _RECORD_HEADER or record[:4] != _FORMAT:
        raise MalformedData("the biometric block is not a facial record")
    if record[4:8] != _VERSION:
        raise FaceUnsupported("the facial record has another version than 010")
    if _number(record, 8, 4) != len(record):
        raise MalformedData("the facial record states another length than it has")
    if _number(record, 12, 2) == 0:
        raise MalformedData("the facial record holds no image")
    face = _cut(record, _RECORD_HEADER, _number(record, _RECORD_HEADER, 4))
    image_at = _FACE_HEADER + _FEATURE_POINT * _number(face, 4, 2)
    header = _cut(face, image_at, _IMAGE_HEADER)
    if header[1] not in (0, 1):
        raise FaceUnsupported("the image type is neither JPEG nor JPEG 2000")
    data = face[image_at + _IMAGE_HEADER :]
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return FaceImage(name, data, width=_number(header, 2, 2), height=_number(header, 4, 2))
    raise FaceUnsupported("the image is neither JPEG nor JPEG 2000")


def _number(data: bytes, offset: int, size: int) -> int:
    return int.from_bytes(_cut(data, offset, size), "big")


def _cut(data: bytes, offset: int, size: int) -> bytes:
    """Return so many bytes from there; all of them must be there."""
    if size > len(data) - offset:
        raise MalformedData("a facial record ends within one of its parts")
    return data[offset : offset + size]
