"""The paper forms of a claim (XML6, 7, 8, 10, 11, 13, 14, 15) as QuestionnaireResponse, and back.

The question is the field's official name, the answer is typed by the field's kind; what its type
cannot hold as it was sent is answered as a text. ADR 12 says why.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from bhyt.r4.homes import fields_of
from bhyt.r4.lookup import child, objects, text
from bhyt.r4.spelling import MINUTE, birth, digits, integer, joined, moment, national, national_birth, number
from bhyt.r4.systems import Element, code_url, one_spaced
from bhyt.tables import BASE, rows
from bhyt.tables.fields import Field, all_fields

FORMS = ("XML6", "XML7", "XML8", "XML10", "XML11", "XML13", "XML14", "XML15")
"""The tables that are paper forms."""

_AUTHORED = "NGAY_CT"
_QUESTIONNAIRES = f"{BASE}/Questionnaire/"


def form_element(table: str, values: Mapping[str, str], about: Element) -> Element:
    """Return the QuestionnaireResponse of one row, not yet checked; `about` is its subject and encounter."""
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{_QUESTIONNAIRES}{table.lower()}",
        "status": "completed",
        **about,
        "authored": moment(values.get(_AUTHORED)),
        "item": [
            {"linkId": name, "answer": [answer for part in _parts(table, name, words) if (answer := part)]}
            for name in fields_of(table)
            if name != "MA_LK" and (words := values.get(name))
        ],
    }


def form_table(response: Element) -> str | None:
    """Return the table of a form, None if it is none of ours."""
    url = str(response.get("questionnaire")).partition("|")[0]
    table = url.removeprefix(_QUESTIONNAIRES).upper()
    return table if url.startswith(_QUESTIONNAIRES) and table in FORMS else None


def form_values(table: str, response: Element) -> dict[str, str | None]:
    """Return the answers of a form, whoever filled it in, by the fields that its questions name."""
    found: dict[str, str | None] = {}
    for item in objects(response, "item"):
        name = str(item.get("linkId"))
        found[name] = joined(_text(table, name, answer) for answer in objects(item, "answer"))
    return found


def _parts(table: str, name: str, words: str) -> list[Element]:
    """Return the answers to one question: several if the field is a list that comes back as it was sent."""
    field = _fields(table).get(name)
    if field is None or not field.is_list:
        return [_answer(table, name, words)]
    pieces = words.split(";")
    if any(piece != piece.strip() or not piece for piece in pieces):
        return [{"valueString": words}]
    return [_answer(table, name, piece) for piece in pieces]


def _answer(table: str, name: str, words: str) -> Element:
    """Return one answer in the type of its field, as a text if it would come back otherwise."""
    field = _fields(table).get(name)
    typed = _typed(field, words) if field else None
    return typed if typed and _text(table, name, typed) == words else {"valueString": words}


def _typed(field: Field, words: str) -> Element | None:
    """Return an answer in the type of its field, None if it is of no such type."""
    value: Any
    match field.kind:
        case "integer":
            value = integer(words)
            return None if value is None else {"valueInteger": value}
        case "number":
            value = number(words)
            return None if value is None else {"valueDecimal": value}
        case "day" | "moment" | "birth":
            time = birth(words) if field.kind == "birth" else moment(words)
            return {("valueDateTime" if "T" in time else "valueDate"): time} if time else None
        case _ if field.codes and (system := _system(field.codes)):
            return {"valueCoding": {"system": system, "code": one_spaced(words)}}
    return None


def _text(table: str, name: str, answer: Element) -> str | None:
    """Return an answer of whatever type as its field writes it."""
    field = _fields(table).get(name)
    for key, value in answer.items():
        match key:
            case "valueString":
                return text(value)
            case "valueInteger" | "valueDecimal":
                return digits(value)
            case "valueDate" | "valueDateTime":
                if field and field.kind == "birth":
                    return national_birth(value, field.max_length or MINUTE)
                return national(value)
            case "valueBoolean":
                return "1" if value is True else "0"
            case "valueCoding":
                return text(child(answer, key).get("code"))
    return None


@cache
def _fields(table: str) -> dict[str, Field]:
    """Return the newest form of each field of a table."""
    return {field.name: field for field in all_fields(table)}


@cache
def _system(codes: str) -> str | None:
    """Return the code system of a code table, None if it has none."""
    return next((code_url(row["name"]) for row in rows("code_systems") if row["table"] == codes), None)
