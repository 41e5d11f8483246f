"""What a person can show to open a card, and the keys that it gives (Doc 9303-11 §4.3.2, §9.7.2).

The card access number is the last six of the twelve digits. A code's expiry is
reckoned, never guessed: at most two zones are ever offered to a card.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from cardreader.errors import MalformedData, MrzInvalid, NumberInvalid
from cardreader.lds.mrz import KEY_LENGTH, access_info, check_access_info, parse_mrz, vietnamese_id
from cardreader.qr import IdCardQr, expiry_candidates

MAX_ZONES = 2


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """Candidates in the order in which they are tried; neither is ever printed.

    `zones` are inputs of the MRZ key: number, birth and expiry with check digits.
    """

    can: str | None = field(default=None, repr=False)
    zones: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def from_number(cls, id_number: str) -> "AccessKeys":
        """Return the key that the twelve-digit ID number gives.

        Raises NumberInvalid: not twelve digits.
        """
        if not re.fullmatch(r"[0-9]{12}", id_number):
            raise NumberInvalid("an ID number has twelve digits")
        return cls(can=id_number[-6:])

    @classmethod
    def from_can(cls, can: str) -> "AccessKeys":
        """Return the key of a card access number.

        Raises NumberInvalid: not six digits.
        """
        if not re.fullmatch(r"[0-9]{6}", can):
            raise NumberInvalid("a card access number has six digits")
        return cls(can=can)

    @classmethod
    def from_mrz(cls, text: str) -> "AccessKeys":
        """Return the keys of a whole zone, or of its 24 characters number, birth, expiry.

        Line breaks, blanks and lower case are forgiven.

        Raises MrzInvalid: wrong length or check digit.
        """
        zone = "".join(text.split()).upper()
        try:
            if len(zone) == KEY_LENGTH:
                check_access_info(zone)
                return cls(zones=(zone,))
            mrz = parse_mrz(zone)
        except MalformedData as error:
            raise MrzInvalid(str(error)) from error
        number = vietnamese_id(mrz)
        return cls(can=number[-6:] if number else None, zones=(mrz.access_info,))

    @staticmethod
    def number_of_mrz(text: str) -> str | None:
        """Return the twelve-digit number in a whole zone, None where it holds none or is only a part.

        Raises MrzInvalid: as `from_mrz`.
        """
        zone = "".join(text.split()).upper()
        try:
            return None if len(zone) == KEY_LENGTH else vietnamese_id(parse_mrz(zone))
        except MalformedData as error:
            raise MrzInvalid(str(error)) from error

    @classmethod
    def from_qr(cls, code: IdCardQr) -> "AccessKeys":
        """Return the keys of an ID card's code: its number's, and the zones for the expiry dates it can have.

        A code whose birth date is not a full day gives the number's key only.
        """
        number = cls.from_number(code.id_number)
        if len(code.birth_date) != len("yyyy-mm-dd"):
            return number
        born = date.fromisoformat(code.birth_date)
        birth = born.strftime("%y%m%d")
        expiries = expiry_candidates(born, code.issue_date)
        zones = tuple(access_info(code.id_number[-9:], birth, expiry) for expiry in expiries)
        return cls(can=number.can, zones=zones[:MAX_ZONES])

    def also(self, other: "AccessKeys") -> "AccessKeys":
        """Return both candidates' keys, this one's first, within the limit of two zones."""
        zones = tuple(dict.fromkeys(self.zones + other.zones))
        return AccessKeys(can=self.can or other.can, zones=zones[:MAX_ZONES])
