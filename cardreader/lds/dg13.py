"""DG13 of the Vietnamese chip ID card: the printed details, with diacritics.

No public standard describes it. It is read by tag and field number, never by
position or prefix; any string type, missing fields and unknown numbers are accepted.
"""

import unicodedata
from dataclasses import dataclass
from typing import Any

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds.datagroups import DATA_GROUPS
from cardreader.lds.tlv import read_all, read_one

MAX_FIELDS = 100

FIELD_NAMES = {
    1: "id_number",
    2: "full_name",
    3: "birth_date",
    4: "sex",
    5: "nationality",
    6: "ethnicity",
    7: "religion",
    8: "place_of_origin",
    9: "residence",
    10: "identifying_marks",
    11: "issue_date",
    12: "expiry_date",
    13: "parents",
    14: "spouse",
    15: "old_id_number",
}
PARENTS, SPOUSE = 13, 14

_INTEGER, _SEQUENCE, _SET, _OID = 0x02, 0x30, 0x31, 0x06
_ENCODINGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1A: "ascii", 0x1E: "utf-16-be"}


@dataclass(frozen=True, slots=True, repr=False)
class Dg13:
    """What the card states, as text in NFC exactly as written; dates stay dd/mm/yyyy or free text."""

    fields: dict[int, str]
    father: str | None
    mother: str | None
    spouse: str | None

    def named(self) -> dict[str, Any]:
        """Return the fields by English name; numbers without a known meaning under `other`."""
        known = {
            name: self.fields[number]
            for number, name in FIELD_NAMES.items()
            if number in self.fields and number not in (PARENTS, SPOUSE)
        }
        family = {"father": self.father, "mother": self.mother, "spouse": self.spouse}
        known |= {name: value for name, value in family.items() if value is not None}
        other = {str(number): text for number, text in self.fields.items() if number not in FIELD_NAMES}
        return known | ({"other": other} if other else {})


def parse_dg13(file: bytes) -> Dg13:
    """Return the fields of DG13.

    Raises MalformedData: not the described structure, or text that is not text.
    """
    outer = read_all(read_one(read_one(file, DATA_GROUPS[13].tag), _SEQUENCE))
    sets = [value for tag, value in outer if tag == _SET]
    if len(sets) != 1 or any(tag not in (_INTEGER, _OID, _SET) for tag, _ in outer):
        raise MalformedData("DG13 is not a version, an identifier and a set of fields")
    fields: dict[int, list[str]] = {}
    for tag, value in read_all(sets[0]):
        if tag != _SEQUENCE:
            raise MalformedData("a field of DG13 is not a sequence")
        number, texts = _field(value)
        if number in fields:
            raise MalformedData(f"DG13 has field {number} twice")
        fields[number] = texts
        if len(fields) > MAX_FIELDS:
            raise OversizedData(f"DG13 has more than {MAX_FIELDS} fields")
    parents = fields.pop(PARENTS, [])
    spouse = fields.pop(SPOUSE, [])
    return Dg13(
        fields={number: texts[0] for number, texts in fields.items() if texts},
        father=_nth(parents, 0),
        mother=_nth(parents, 1),
        spouse=_nth(spouse, 0),
    )


def _field(sequence: bytes) -> tuple[int, list[str]]:
    """Return the field's number and its texts; a family field may hold none, one or two."""
    parts = read_all(sequence)
    if not parts or parts[0][0] != _INTEGER or not 1 <= len(parts[0][1]) <= 2:
        raise MalformedData("a field of DG13 has no number")
    number = int.from_bytes(parts[0][1], "big")
    if number not in FIELD_NAMES:
        return number, [_text(tag, value) if tag in _ENCODINGS else value.hex() for tag, value in parts[1:]]
    texts: list[str] = []
    for tag, value in parts[1:]:
        if tag == _SEQUENCE:  # both layouts of the parents: SEQ{f},SEQ{m} and SEQ{f,m}
            inner = [_text(inner_tag, inner_value) for inner_tag, inner_value in read_all(value)]
            texts += inner or [""]
        else:
            texts.append(_text(tag, value))
    return number, texts


def _text(tag: int, value: bytes) -> str:
    if tag not in _ENCODINGS:
        raise MalformedData(f"a field of DG13 has type {tag:X}, not a text")
    try:
        return unicodedata.normalize("NFC", value.decode(_ENCODINGS[tag]))
    except UnicodeDecodeError as error:
        raise MalformedData("a field of DG13 is not in its encoding") from error


def _nth(texts: list[str], index: int) -> str | None:
    return texts[index] or None if index < len(texts) else None
