"""What a clerk scanned or typed, as the key that opens the card."""

import re
from dataclasses import dataclass, field

from cardreader.access.keys import AccessKeys
from cardreader.errors import NumberInvalid
from cardreader.lds.mrz import KEY_LENGTH
from cardreader.qr import parse_qr

ENTRY_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """The keys to try on the card, and the ID number that must then be on it where it is known."""

    keys: AccessKeys = field(repr=False)
    id_number: str | None = field(repr=False)


def read_entry(text: str) -> Entry:
    """Return the keys of a scanned QR code, a typed ID number, its last six digits (the CAN), or the MRZ.

    Spaces and dots between digits are forgiven. The MRZ is all of it, its lines together, or
    the 24 characters that basic access control needs.

    Raises QrInvalid, MrzInvalid, NumberInvalid: it is none of these.
    """
    if len(text) > ENTRY_LIMIT:
        raise NumberInvalid("the text is longer than any code")
    if "|" in text:
        code = parse_qr(text)
        return Entry(AccessKeys.from_qr(code), code.id_number)
    if "<" in text:
        return Entry(AccessKeys.from_mrz(text), None)
    number = re.sub(r"[\s.]", "", text)
    if len(number) == KEY_LENGTH:
        return Entry(AccessKeys.from_mrz(number), None)
    if re.fullmatch(r"[0-9]{6}", number):
        return Entry(AccessKeys.from_can(number), None)
    return Entry(AccessKeys.from_number(number), number)
