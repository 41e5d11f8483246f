"""One cover: a card number, where it is registered, and from when to when it holds.

The parts of the number are those of QĐ 1351/QĐ-BHXH (2015): object group, benefit level,
province of issue, social-insurance number.
"""

import re
from dataclasses import dataclass
from datetime import date

from bhyt.errors import BadCardNumber

_CARD = re.compile(r"[A-Z]{2}[1-5]\d{12}", re.ASCII)
_BETWEEN = re.compile(r"[\s.-]")


def is_card_number(text: str) -> bool:
    """Say whether `text` has the form of a 15-character insurance card number."""
    return _CARD.fullmatch(text) is not None


def card_number(text: str) -> str | None:
    """Return the card number that `text` spells, None if it is none.

    It may have small letters, and the blanks, hyphens or dots with which numbers are printed.
    """
    number = _BETWEEN.sub("", text).upper()
    return number if is_card_number(number) else None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Coverage:
    """A cover of one person; `valid_to` None means open, both days belong to the cover.

    `living_area` is K1, K2 or K3; `five_years_from` the day on which five continuous years are
    reached; `exempt_from` the day from which co-payment is waived (NGAY_MIEN_CCT).

    Raises BadCardNumber: the card number does not have 15 characters of the right kind.
    """

    card_number: str
    primary_facility: str | None
    valid_from: date
    valid_to: date | None
    five_years_from: date | None = None
    exempt_from: date | None = None
    living_area: str | None = None

    def __post_init__(self) -> None:
        """Refuse a number from whose parts nothing could be told."""
        if not is_card_number(self.card_number):
            raise BadCardNumber

    @property
    def group(self) -> str:
        """Return the object group, two letters (tables/card_groups.csv)."""
        return self.card_number[:2]

    @property
    def benefit_level(self) -> str:
        """Return the benefit level, a digit 1 to 5 (tables/benefit_levels.csv)."""
        return self.card_number[2]

    @property
    def province(self) -> str:
        """Return the province of issue in the 63-province numbering; neither residence nor facility."""
        return self.card_number[3:5]

    @property
    def insurance_number(self) -> str:
        """Return the person's 10-digit social-insurance number."""
        return self.card_number[5:]

    def holds_on(self, day: date) -> bool:
        """Say whether `day` lies within the cover."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
