"""Writes the machine-readable zone of a TD1 card; ICAO Doc 9303-5 §4.2 and -3 §4.9."""

import unicodedata
from datetime import date

from cardreader.emulator.samples import Citizen

# What the chip of a card without expiry says in its MRZ is not documented; the
# latest date that six digits can hold keeps every reader's arithmetic sane.
NO_EXPIRY = "991231"
_WEIGHTS = (7, 3, 1)


def check_digit(field: str) -> str:
    """Return the check digit of an MRZ field: weights 7 3 1, modulo 10, filler counts 0."""
    return str(sum(_value(character) * _WEIGHTS[i % 3] for i, character in enumerate(field)) % 10)


def machine_readable_zone(citizen: Citizen) -> str:
    """Return the 90 characters of the card's three lines, without line breaks.

    The optional data are the twelve digits, two fillers and a check digit over
    them, as the CCCD has it.
    """
    number = citizen.document_number
    optional = citizen.id_number + "<<"
    upper = "IDVNM" + _checked(number) + optional + check_digit(optional)
    dates = _checked(_birth(citizen)), _checked(_expiry(citizen))
    lower = dates[0] + ("M" if citizen.sex == "male" else "F") + dates[1] + "VNM".ljust(14, "<")
    composite = upper[5:] + dates[0] + dates[1] + lower[18:29]
    return upper + lower + check_digit(composite) + _names(citizen.full_name)


def access_information(citizen: Citizen) -> str:
    """Return the 24 characters that basic access control is keyed by: number, birth, expiry, each checked."""
    return _checked(citizen.document_number) + _checked(_birth(citizen)) + _checked(_expiry(citizen))


def _checked(field: str) -> str:
    return field + check_digit(field)


def _birth(citizen: Citizen) -> str:
    return _six_digits(citizen.birth_date)


def _expiry(citizen: Citizen) -> str:
    return NO_EXPIRY if citizen.expiry_date is None else _six_digits(citizen.expiry_date)


def _six_digits(day: date) -> str:
    return f"{day:%y%m%d}"


def _names(full_name: str) -> str:
    """Return the third line: family name, two fillers, given names, in A-Z, cut at thirty characters."""
    bare = unicodedata.normalize("NFD", full_name.upper().replace("Đ", "D"))
    words = "".join(character for character in bare if not unicodedata.combining(character)).split()
    return f"{words[0]}<<{'<'.join(words[1:])}"[:30].ljust(30, "<")


def _value(character: str) -> int:
    return 0 if character == "<" else int(character, 36)
