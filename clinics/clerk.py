"""The person at the desk: the insurer demands a name and an ID number with every look-up."""

import re
import unicodedata

from bhyt.records.eligibility import Clerk
from clinics.errors import ClerkInvalid

NAME_LIMIT = 100


def read_clerk(name: str, number: str) -> Clerk:
    """Return the clerk of a full name (two words or more, in letters) and twelve digits.

    Raises ClerkInvalid: it is neither a person's name nor an ID number.
    """
    name = " ".join(unicodedata.normalize("NFC", name).split())
    number = re.sub(r"[\s.]", "", number)
    letters = all(letter.isalpha() or letter in " '-." for letter in name)
    if " " not in name or len(name) > NAME_LIMIT or not letters:
        raise ClerkInvalid("a clerk has a full name")
    if not re.fullmatch(r"[0-9]{12}", number):
        raise ClerkInvalid("an ID number has twelve digits")
    return Clerk(name, number)
