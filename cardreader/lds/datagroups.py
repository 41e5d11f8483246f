"""The files of the identity application: numbers, identifiers, outer tags; DG1's content (Doc 9303-10 §4)."""

from dataclasses import dataclass

from cardreader.errors import MalformedData
from cardreader.lds.mrz import Mrz, parse_mrz
from cardreader.lds.tlv import read_one

APPLICATION_ID = bytes.fromhex("A0000002471001")
MAX_GROUPS = 16
MAX_GROUP_BYTES = 32_767  # of a data group or EF.SOD: as far as the offset of READ BINARY reaches


@dataclass(frozen=True, slots=True)
class ElementaryFile:
    """How a file is named to the card, and the tag that its content starts with."""

    name: str
    identifier: int
    short_identifier: int
    tag: int


SECURITY_OBJECT = ElementaryFile("EF.SOD", 0x011D, 0x1D, 0x77)
CARD_ACCESS = ElementaryFile("EF.CardAccess", 0x011C, 0x1C, 0x31)
CARD_SECURITY = ElementaryFile("EF.CardSecurity", 0x011D, 0x1D, 0x30)
DATA_GROUPS = {
    number: ElementaryFile(f"DG{number}", 0x0100 + number, number, tag)
    for number, tag in enumerate(
        (0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70),
        start=1,
    )
}

_MRZ_TAG = 0x5F1F


def parse_dg1(file: bytes) -> Mrz:
    """Return the zone that DG1 stores.

    Raises MalformedData: another tag, bytes left over, or a zone that is not one.
    """
    zone = read_one(read_one(file, DATA_GROUPS[1].tag), _MRZ_TAG)
    try:
        text = zone.decode("ascii")
    except UnicodeDecodeError as error:
        raise MalformedData("the machine-readable zone is not ASCII") from error
    return parse_mrz(text)
