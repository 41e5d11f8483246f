"""The machine-readable zone: TD1 cards and TD3 passports (ICAO Doc 9303-3 §4.9, -5 §4.2, -4 §4.2)."""

import re
from dataclasses import dataclass, field

from cardreader.errors import MalformedData

TD1_LENGTH = 90
TD3_LENGTH = 88
KEY_LENGTH = 24
CARD_STATE = "VNM"  # ISO 3166-1 alpha-3, as a zone names the issuer

_VALUES = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
_WEIGHTS = (7, 3, 1)
_SEXES = {"M": "male", "F": "female"}


@dataclass(frozen=True, slots=True)
class Mrz:
    """The fields of a zone, fillers removed; dates stay the six characters that were printed."""

    layout: str
    issuer: str
    document_number: str = field(repr=False)
    birth: str = field(repr=False)
    sex: str = field(repr=False)
    expiry: str = field(repr=False)
    nationality: str
    optional: str = field(repr=False)
    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    access_info: str = field(repr=False)


def check_digit(text: str) -> str:
    """Return the check digit over `text` (weights 7, 3, 1, modulo 10; Doc 9303-3 §4.9).

    Raises MalformedData: a character outside 0-9, A-Z and <.
    """
    try:
        total = sum(_VALUES[c] * _WEIGHTS[i % 3] for i, c in enumerate(text))
    except KeyError as error:
        raise MalformedData("a character that no machine-readable zone has") from error
    return str(total % 10)


def parse_mrz(text: str) -> Mrz:
    """Return the fields of a TD1 (3 x 30) or TD3 (2 x 44) zone given without line breaks.

    Raises MalformedData: another length, a foreign character, or a wrong check digit.
    """
    if len(text) == TD1_LENGTH:
        return _parse_td1(text[:30], text[30:60], text[60:])
    if len(text) == TD3_LENGTH:
        return _parse_td3(text[:44], text[44:])
    raise MalformedData("a machine-readable zone has 90 or 88 characters")


def vietnamese_id(mrz: Mrz) -> str | None:
    """Return the twelve-digit ID number that a Vietnamese card keeps in its optional data, else None."""
    number = mrz.optional[:12]
    found = mrz.layout == "TD1" and mrz.issuer == CARD_STATE and re.fullmatch(r"[0-9]{12}", number)
    return number if found else None


def access_info(document_number: str, birth: str, expiry: str) -> str:
    """Return the input of the access key: three fields, each with its check digit (Doc 9303-11 §4.3.2)."""
    padded = document_number.ljust(9, "<")
    return "".join(part + check_digit(part) for part in (padded, birth, expiry))


def check_access_info(text: str) -> None:
    """Accept the 24 characters that `access_info` makes for a nine-character document number.

    Raises MalformedData: another length or a wrong check digit.
    """
    if len(text) != KEY_LENGTH:
        raise MalformedData("the access key's input has 24 characters")
    for start, end in ((0, 9), (10, 16), (17, 23)):
        _check(text[start:end], text[end])


def _parse_td1(first: str, second: str, third: str) -> Mrz:
    number, digit, optional = first[5:14], first[14], first[15:30]
    if digit == "<":  # Doc 9303-5 §4.2.2 note j: a long number goes on in the optional data
        rest, _, optional = optional.partition("<")
        if len(rest) < 2:
            raise MalformedData("a long document number without its second part")
        number, digit = number + rest[:-1], rest[-1]
    _check(number, digit)
    _check(second[0:6], second[6])
    _check(second[8:14], second[14])
    _check(first[5:30] + second[0:7] + second[8:15] + second[18:29], second[29])
    surname, given = _names(third)
    return Mrz(
        layout="TD1",
        issuer=_plain(first[2:5]),
        document_number=_plain(number),
        birth=second[0:6],
        sex=_SEXES.get(second[7], "unknown"),
        expiry=second[8:14],
        nationality=_plain(second[15:18]),
        optional=optional.strip("<"),
        surname=surname,
        given_names=given,
        access_info=number + digit + second[0:7] + second[8:15],
    )


def _parse_td3(first: str, second: str) -> Mrz:
    number, optional = second[0:9], second[28:42]
    _check(number, second[9])
    _check(second[13:19], second[19])
    _check(second[21:27], second[27])
    if optional.strip("<") or second[42] != "<":
        _check(optional, second[42])
    _check(second[0:10] + second[13:20] + second[21:43], second[43])
    surname, given = _names(first[5:44])
    return Mrz(
        layout="TD3",
        issuer=_plain(first[2:5]),
        document_number=_plain(number),
        birth=second[13:19],
        sex=_SEXES.get(second[20], "unknown"),
        expiry=second[21:27],
        nationality=_plain(second[10:13]),
        optional=optional.strip("<"),
        surname=surname,
        given_names=given,
        access_info=second[0:10] + second[13:20] + second[21:28],
    )


def _check(text: str, digit: str) -> None:
    if check_digit(text) != digit:
        raise MalformedData("a check digit of the machine-readable zone is wrong")


def _names(text: str) -> tuple[str, str]:
    check_digit(text)  # for its refusal of foreign characters
    surname, _, given = text.strip("<").partition("<<")
    return _plain(surname), _plain(given)


def _plain(text: str) -> str:
    return " ".join(part for part in text.split("<") if part)
