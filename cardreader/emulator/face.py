"""Writes DG2: one biometric information template around one face record.

ICAO Doc 9303-10 §4.7.2; the record is of ISO/IEC 19794-5:2005 §5.
"""

from cardreader.emulator.der import integer, tlv
from cardreader.emulator.habits import Habits
from cardreader.emulator.portrait import HEIGHT, WIDTH, portrait
from cardreader.emulator.samples import Citizen

_FULL_FRONTAL = 1
_JPEG, _JPEG_2000 = 0, 1
_SRGB = 1
_RECORD_HEADER_LENGTH = 14


def face(citizen: Citizen, habits: Habits, *, variant: int | None = None) -> bytes:
    """Return DG2; another `variant` than the citizen's own is another picture."""
    if variant is None:
        variant = int(citizen.id_number[-4:])
    image = portrait(habits.portrait, long_hair=citizen.sex == "female", variant=variant)
    record = _record(image, jpeg_2000=habits.portrait == "JPEG2000", male=citizen.sex == "male")
    header = tlv(
        0xA1,
        tlv(0x80, b"\x01\x01"),  # ICAO header version
        tlv(0x81, b"\x02"),  # biometric type: facial features
        tlv(0x87, b"\x01\x01"),  # format owner: ISO/IEC JTC 1/SC 37
        tlv(0x88, b"\x00\x08"),  # format type: face image record
    )
    return tlv(0x75, tlv(0x7F61, integer(1), tlv(0x7F60, header, tlv(0x5F2E, record))))


def _record(image: bytes, *, jpeg_2000: bool, male: bool) -> bytes:
    facial_information = bytes((0, 0, 1 if male else 2)) + bytes(
        13
    )  # no feature points, the rest unspecified
    image_information = (
        bytes((_FULL_FRONTAL, _JPEG_2000 if jpeg_2000 else _JPEG))
        + WIDTH.to_bytes(2, "big")
        + HEIGHT.to_bytes(2, "big")
        + bytes((_SRGB, 0))
        + bytes(4)
    )
    block_length = 4 + len(facial_information) + len(image_information) + len(image)
    block = block_length.to_bytes(4, "big") + facial_information + image_information + image
    length = _RECORD_HEADER_LENGTH + len(block)
    return b"FAC\x00010\x00" + length.to_bytes(4, "big") + b"\x00\x01" + block
