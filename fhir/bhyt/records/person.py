"""A person as the insurance knows one, and names compared as a clerk would compare them."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from bhyt.records.dates import PartialDate

Sex = Literal["male", "female", "unknown"]

NATIONAL_SEX: dict[str, Sex] = {"1": "male", "2": "female", "3": "unknown"}
"""GIOI_TINH of the national tables."""

# grave, acute, tilde, hook above, dot below: the five tone marks of Vietnamese.
_TONES = "\u0300\u0301\u0303\u0309\u0323"
# Letters and apostrophes that keyboards and old code pages confuse.
_SAME = str.maketrans({"Ð": "đ", "ð": "đ", "Đ": "đ", "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'"})
_CITIZEN_ID = re.compile(r"\d{12}", re.ASCII)
_OLD_ID = re.compile(r"\d{9}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Person:
    """Who somebody is; `national_id` is the 12-digit citizen number, `insurance_number` the 10-digit one.

    `old_id` is the 9-digit number of the former identity card. Codes are those of the national
    tables. What is not known is None, never an empty text.
    """

    full_name: str
    birth_date: PartialDate | None
    sex: Sex
    national_id: str | None = None
    insurance_number: str | None = None
    old_id: str | None = None
    passport: str | None = None
    patient_number: str | None = None
    address: str | None = None
    province: str | None = None
    district: str | None = None
    commune: str | None = None
    phone: str | None = None
    nationality: str | None = None
    ethnicity: str | None = None
    occupation: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class IdDocument:
    """The number of an ID document, under the kind that its form shows; at most one is set."""

    national_id: str | None = None
    old_id: str | None = None
    passport: str | None = None


def id_document(number: str | None) -> IdDocument:
    """Return what SO_CCCD and its like hold: 12 digits, 9 digits, or anything else as a passport."""
    if not number:
        return IdDocument()
    if _CITIZEN_ID.fullmatch(number):
        return IdDocument(national_id=number)
    if _OLD_ID.fullmatch(number):
        return IdDocument(old_id=number)
    return IdDocument(passport=number)


def fold_name(name: str) -> str:
    """Return `name` in the form in which two spellings of one Vietnamese name are equal.

    Composed or decomposed, upper or lower case, spaces, the letter Eth for Đ, and where the tone
    mark stands in the syllable (`hoà` or `hòa`, `Thuý` or `Thúy`) make no difference; the tone
    itself and every other letter do. For comparing only, never for showing.
    """
    return " ".join(_fold_syllable(word) for word in name.translate(_SAME).casefold().split())


def same_name(one: str, other: str) -> bool:
    """Say whether both are the same name; an empty name is the same as nothing."""
    folded = fold_name(one)
    return bool(folded) and folded == fold_name(other)


def _fold_syllable(word: str) -> str:
    """Return the syllable with its tone marks moved behind the last letter."""
    marks = unicodedata.normalize("NFD", word)
    letters = "".join(mark for mark in marks if mark not in _TONES)
    tones = "".join(sorted(mark for mark in marks if mark in _TONES))
    return unicodedata.normalize("NFC", letters + tones)
