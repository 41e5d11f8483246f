"""What was read off a chip, what it says of its holder, and whether its parts agree.

The reader makes evidence and the gateway examines it again: both use this module.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self

from cardreader.errors import MalformedData, NotAnIdCard, OversizedData
from cardreader.lds.datagroups import DATA_GROUPS, MAX_GROUP_BYTES, MAX_GROUPS, parse_dg1
from cardreader.lds.dg13 import Dg13, parse_dg13
from cardreader.lds.mrz import CARD_STATE, Mrz, vietnamese_id
from cardreader.proof.base64_text import decoded, encoded
from cardreader.proof.reasons import Check, Reason

MAX_ANSWER_BYTES = 1024  # a signature under 4096 bits is 512, a protected answer with 32 bytes about 80

_GROUP_NUMBERS = {str(number): number for number in DATA_GROUPS}
_OPTIONAL = {
    "card_access": MAX_GROUP_BYTES,
    "card_security": MAX_GROUP_BYTES,
    "active_signature": MAX_ANSWER_BYTES,
    "chip_answer": MAX_ANSWER_BYTES,
}
_NO_EXPIRY = ("991231", "<<<<<<")
_ID_CENTURIES = {"0": 1900, "1": 1900, "2": 2000, "3": 2000, "4": 2100, "5": 2100}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the chip gave, raw: EF.SOD, data groups by number, and its answers to challenges.

    `card_access` is EF.CardAccess as it was read in the clear and `card_security` EF.CardSecurity.
    `active_signature` is the response data of INTERNAL AUTHENTICATE; `chip_answer` the protected
    answer to a `ChipQuestion`'s command, its status word included. An answer that is empty says
    that the chip refused; None that it was not asked.
    """

    security_object: bytes = field(repr=False)
    data_groups: Mapping[int, bytes] = field(repr=False)
    card_access: bytes | None = field(default=None, repr=False)
    card_security: bytes | None = field(default=None, repr=False)
    active_signature: bytes | None = field(default=None, repr=False)
    chip_answer: bytes | None = field(default=None, repr=False)

    def without(self, *groups: int) -> Self:
        """Return the same evidence without these data groups: what is not needed does not travel."""
        kept = {number: file for number, file in self.data_groups.items() if number not in groups}
        return replace(self, data_groups=kept)

    def to_json(self) -> dict[str, Any]:
        """Return `{"security_object": base64, "data_groups": {"1": base64, ...}}`.

        The other members have the names of the fields, and are left out where there is nothing.
        """
        extras = {name: file for name in _OPTIONAL if (file := getattr(self, name)) is not None}
        return {
            "security_object": encoded(self.security_object),
            "data_groups": {str(number): encoded(file) for number, file in self.data_groups.items()},
        } | {name: encoded(file) for name, file in extras.items()}

    @classmethod
    def from_json(cls, body: object) -> Self:
        """Return the evidence that `to_json` wrote; other members of the object are ignored.

        Raises MalformedData: another form. OversizedData: more than MAX_GROUPS groups, a
        file of more than MAX_GROUP_BYTES, or an answer of more than MAX_ANSWER_BYTES.
        """
        if not isinstance(body, Mapping) or not isinstance(groups := body.get("data_groups"), Mapping):
            raise MalformedData("evidence is an object with an object of data groups")
        if len(groups) > MAX_GROUPS:
            raise OversizedData(f"the evidence holds more than {MAX_GROUPS} data groups")
        if not groups.keys() <= _GROUP_NUMBERS.keys():
            raise MalformedData("the evidence holds a data group that cannot be")
        return cls(
            security_object=decoded(body.get("security_object"), limit=MAX_GROUP_BYTES),
            data_groups={
                _GROUP_NUMBERS[name]: decoded(file, limit=MAX_GROUP_BYTES) for name, file in groups.items()
            },
            **{name: decoded(body[name], limit=limit) for name, limit in _OPTIONAL.items() if name in body},
        )


@dataclass(frozen=True, slots=True, repr=False)
class CardIdentity:
    """The holder as the chip states it.

    Dates are ISO 8601; `birth_date` may stop at the year or the month. `full_name` has
    diacritics when DG13 was read, else it is that of the zone. `sex` is male, female or
    unknown. `expiry_date` is None for a card that does not expire.
    """

    id_number: str
    full_name: str
    birth_date: str
    sex: str
    nationality: str
    expiry_date: str | None
    document_number: str


def identity(evidence: Evidence) -> CardIdentity:
    """Return what DG1 and, where it is there and readable, DG13 say of the holder.

    Says nothing about being genuine: that is `verify_passive`, which lets no other country sign for
    the state that issues the number. So a document of another state has none, also in its DG13.

    Raises MalformedData: DG1 is missing or broken. NotAnIdCard: another state's document, or
    there is no twelve-digit ID number.
    """
    mrz = _dg1(evidence)
    details = details_of(evidence)
    printed = details.fields if details else {}
    id_number = vietnamese_id(mrz) or printed.get(1, "")
    if mrz.issuer != CARD_STATE or not re.fullmatch(r"[0-9]{12}", id_number):
        raise NotAnIdCard("the document states no twelve-digit ID number")
    return CardIdentity(
        id_number=id_number,
        full_name=printed.get(2) or f"{mrz.surname} {mrz.given_names}".strip(),
        birth_date=_printed_date(printed.get(3, "")) or _birth_date(mrz, id_number),
        sex=mrz.sex,
        nationality=mrz.nationality,
        expiry_date=None if mrz.expiry in _NO_EXPIRY else _full_date("20", mrz.expiry),
        document_number=mrz.document_number,
    )


def details_of(evidence: Evidence) -> Dg13 | None:
    """Return DG13's content, or None when it was not read or is in a form not known here.

    The issuer may encode DG13 at will on newer cards; its hash is checked all the same.
    """
    file = evidence.data_groups.get(13)
    if file is None:
        return None
    try:
        return parse_dg13(file)
    except MalformedData:
        return None


def check_consistency(evidence: Evidence, *, expected_id: str | None = None) -> Check:
    """Say whether DG1, DG13 and the number a person gave speak of the same holder.

    Raises MalformedData, NotAnIdCard: as `identity`.
    """
    mrz, found, details = _dg1(evidence), identity(evidence), details_of(evidence)
    if expected_id is not None and expected_id != found.id_number:
        return Check("failed", Reason.NUMBER_DIFFERS)
    in_zone = vietnamese_id(mrz)
    if in_zone is not None and mrz.layout == "TD1" and in_zone[-9:] != mrz.document_number:
        return Check("failed", Reason.GROUPS_DIFFER)
    if details is None:
        return Check("passed") if expected_id is not None else Check("not-done", Reason.NOTHING_TO_COMPARE)
    printed = _printed_date(details.fields.get(3, ""))
    same_birth = printed is None or _agree(printed, mrz.birth)
    if details.fields.get(1, found.id_number) != found.id_number or not same_birth:
        return Check("failed", Reason.GROUPS_DIFFER)
    return Check("passed")


def _dg1(evidence: Evidence) -> Mrz:
    if 1 not in evidence.data_groups:
        raise MalformedData("the evidence holds no DG1")
    return parse_dg1(evidence.data_groups[1])


def _printed_date(text: str) -> str | None:
    """Return dd/mm/yyyy, mm/yyyy or yyyy as ISO 8601; None for anything else."""
    parts = re.fullmatch(r"(?:(?:([0-9]{2})/)?([0-9]{2})/)?([0-9]{4})", text.strip())
    if parts is None:
        return None
    day, month, year = parts.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join(part for part in (year, month, day) if part)


def _birth_date(mrz: Mrz, id_number: str) -> str:
    """Return the zone's birth date with its century.

    The ID number states it (fourth digit, then the year); where the two contradict each
    other, it is the latest century in which the holder was born before the card expires.
    """
    years = mrz.birth[:2]
    century = _ID_CENTURIES.get(id_number[3])
    if century is None or id_number[4:6] != years:
        century = 2000 if mrz.birth < mrz.expiry and mrz.expiry not in _NO_EXPIRY else 1900
    return _full_date(str(century // 100), mrz.birth)


def _full_date(century: str, text: str) -> str:
    """Return YYMMDD with its century as ISO 8601, cut where month or day are unknown."""
    year, month, day = century + text[:2], text[2:4], text[4:6]
    if not re.fullmatch(r"[0-9]{4}", year):
        raise MalformedData("the zone has a date without a year")
    if month in ("00", "<<"):
        return year
    shown = f"{year}-{month}" if day in ("00", "<<") else f"{year}-{month}-{day}"
    try:
        date.fromisoformat(shown if len(shown) == 10 else shown + "-01")
    except ValueError as error:
        raise MalformedData("the zone has a date that is none") from error
    return shown


def _agree(printed: str, zone: str) -> bool:
    """Say whether an ISO date and the zone's YYMMDD agree as far as both go."""
    known = zip(printed.split("-"), (zone[0:2], zone[2:4], zone[4:6]), strict=False)
    return all(theirs in ("00", "<<") or ours[-2:] == theirs for ours, theirs in known)
