"""The profiles as marshmallow schemas: the reference for what is wrong with a row.

Each schema is built from the profile of one table and generation; its messages are our failure
codes. It is clear rather than fast, and shares nothing with the compiled checker of
`bhyt.national` but the profile itself; a test holds both to the same findings.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, cast

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, pre_load, validates_schema

from bhyt.tables.codes import code_rows
from bhyt.tables.fields import Field, profile
from bhyt.tables.generations import Generation

WARNINGS: Final = frozenset(
    f"record.{name}" for name in ("too-long", "unknown-code", "unknown-field", "missing-conditional-field")
)
"""The codes that do not keep a row from being read; all others do."""

KEPT_SCHEMAS: Final = 256
"""How many schemas are kept, one for each table, generation and day."""

_DIGITS = frozenset("0123456789")
_TIMES = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}

Pairs = Sequence[tuple[str, str]]


def judge(
    table: str, generation: Generation, pairs: Pairs, *, on: date, first: bool
) -> tuple[list[tuple[str, str]], Mapping[str, object]]:
    """Return the field and failure code of everything that is wrong with a row, sorted; and what it says.

    `pairs` are its fields as sent; `first` says whether it is the table's first row, where
    unknown fields are told. What it says is the values of the fields without a fault: numbers,
    the known parts of times, texts, and lists of these.
    """
    try:
        return [], schema(table, generation, on=on).load(
            {"pairs": pairs}, unknown=RAISE if first else EXCLUDE
        )
    except ValidationError as error:
        return sorted(_flat(error.messages_dict)), dict(error.valid_data or {})


@lru_cache(KEPT_SCHEMAS)
def schema(table: str, generation: Generation, *, on: date) -> "RowSchema":
    """Return the schema of a table. Raises FileNotFoundError: the table has no field list."""
    made = profile(table, generation)
    members: dict[str, Any] = {
        field.name: _several(field, on) if field.is_list else _one(field, on) for field in made
    }
    built = type(table, (RowSchema,), {**members, "profile": made})
    return cast("RowSchema", built())


class RowSchema(Schema):
    """A row as its fields in the order sent; empty ones count as absent, the first of two counts."""

    profile: tuple[Field, ...] = ()
    error_messages = {"unknown": "record.unknown-field"}  # noqa: RUF012 - marshmallow declares it so

    @pre_load
    def take_first(self, sent: Mapping[str, Pairs], **_: object) -> dict[str, str]:
        """Return the first value of each name."""
        return _values(sent["pairs"])

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def check_gaps(self, _data: object, sent: Mapping[str, Pairs], **_: object) -> None:
        """Refuse empty fields that the row's other values call for."""
        values = _values(sent["pairs"])
        missing = [
            field.name for field in self.profile if field.name not in values and field.demanded(values)
        ]
        asked = {field.name for field in self.profile if field.required != "yes"}
        _refuse((name, "record.missing-conditional-field") for name in missing if name in asked)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def check_doubles(self, _data: object, sent: Mapping[str, Pairs], **_: object) -> None:
        """Refuse names that stand twice with different values."""
        values = _values(sent["pairs"])
        cleaned = [(name, _clean(text)) for name, text in sent["pairs"]]
        _refuse((name, "record.field-twice") for name, text in cleaned if text and text != values[name])

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def check_lists(self, _data: object, sent: Mapping[str, Pairs], **_: object) -> None:
        """Refuse lists that are too long with all their parts."""
        values = _values(sent["pairs"])
        _refuse(
            (field.name, "record.too-long")
            for field in self.profile
            if field.is_list and field.name in values and _too_long(field, values[field.name])
        )


class OneValue(fields.Field[Any]):
    """One value of a national field, read by its kind."""

    def __init__(self, field: Field, on: date, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.field = field
        self.on = on

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        """Return what the text says. Raises ValidationError: with our failure codes."""
        field, text = self.field, str(value)
        optional = field.required != "yes"
        if field.kind in {"day", "moment", "birth"}:
            if optional and set(text) == {"0"}:
                return None
            read: Any = _time(text)
        elif field.kind in {"number", "integer"}:
            read = _number(text, whole=field.kind == "integer")
        else:
            read = text
        wrong = []
        if not field.is_list and _too_long(field, text):
            wrong.append("record.too-long")
        if field.codes and not self._known(text) and not (optional and set(text) == {"0"}):
            wrong.append("record.unknown-code")
        if not field.codes and field.kind == "code" and not set(text) <= _DIGITS:
            wrong.append("record.unknown-code")
        if wrong:
            raise ValidationError(wrong)
        return read

    def _known(self, text: str) -> bool:
        """Say whether the code is in its table on the day; where the field is a number, `01` is `1`."""
        spellings = {text}
        if self.field.kind == "code":
            spellings |= {text.lstrip("0") or "0", text.lstrip("0").rjust(2, "0")}
        day = self.on.isoformat()
        return any(
            row["code"] in spellings and row["valid_from"] <= day <= (row["valid_to"] or "9999-12-31")
            for row in code_rows(self.field.codes or "")
        )


class SeveralValues(fields.List[Any]):
    """Values separated by semicolons; empty parts are passed over."""

    def _deserialize(self, value: Any, *others: Any, **more: Any) -> list[Any]:
        """Return what each part says."""
        parts = [part.strip() for part in str(value).split(";")]
        return super()._deserialize([part for part in parts if part], *others, **more)


def _one(field: Field, on: date) -> OneValue:
    """Return the marshmallow field of a field with one value."""
    return OneValue(field, on, **_presence(field))


def _several(field: Field, on: date) -> SeveralValues:
    """Return the marshmallow field of a list."""
    return SeveralValues(OneValue(field, on), **_presence(field))


def _presence(field: Field) -> dict[str, Any]:
    """Return whether the field must be there, and the code if it is not."""
    code = "record.no-visit-id" if field.name == "MA_LK" else "record.missing-field"
    return {"required": field.required == "yes", "error_messages": {"required": code}}


def _too_long(field: Field, text: str) -> bool:
    """Say whether a value has more characters than allowed; a number's last zeros do not count."""
    if field.kind in {"number", "integer"} and not field.is_list and "." in text:
        while text.endswith(("0", ".")) and "." in text:
            text = text[:-1]
    return field.max_length is not None and len(text) > field.max_length


def _number(text: str, *, whole: bool) -> Decimal | int:
    """Return a number. Raises ValidationError: it has a comma, or is none."""
    digits = text.removeprefix("-")
    if "," in digits and set(digits) <= _DIGITS | {",", "."}:
        raise ValidationError("record.comma-in-number")
    before, _, after = digits.partition(".")
    if not (before + after) or not set(before + after) <= _DIGITS or len(before) > 18 or len(after) > 20:
        raise ValidationError("record.bad-number")
    if not whole:
        return Decimal(text)
    if text != digits or not 1 <= len(before) <= 9 or set(after) > {"0"} or after.strip("0"):
        raise ValidationError("record.bad-number")
    return int(before)


def _time(text: str) -> tuple[int, ...]:
    """Return the known parts of a time, coarse to fine. Raises ValidationError: there is no such time."""
    if not set(text) <= _DIGITS or len(text) not in _TIMES:
        raise ValidationError("record.bad-date")
    known = 4 if text[4:6] == "00" else 6 if text[6:8] == "00" else len(text)
    try:
        moment = datetime.strptime(text[:known], _TIMES[known])  # noqa: DTZ007 - the parts alone count
    except ValueError as error:
        raise ValidationError("record.bad-date") from error
    if text[known:].strip("0"):
        raise ValidationError("record.bad-date")
    return moment.timetuple()[: {4: 1, 6: 2, 8: 3, 12: 5, 14: 6}[known]]


def _values(pairs: Pairs) -> dict[str, str]:
    """Return the first non-empty value of each name."""
    values: dict[str, str] = {}
    for name, text in pairs:
        if _clean(text):
            values.setdefault(name, _clean(text))
    return values


def _clean(text: str) -> str:
    """Return a text without outer space, composed."""
    return unicodedata.normalize("NFC", text.strip())


def _refuse(found: Iterable[tuple[str, str]]) -> None:
    """Raise a ValidationError with the fields and codes, if there are any."""
    messages: dict[str, list[str]] = {}
    for name, code in found:
        messages.setdefault(name, []).append(code)
    if messages:
        raise ValidationError(messages)


def _flat(messages: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield field and code of marshmallow's messages, lists and parts of lists alike."""
    for name, found in messages.items():
        parts = found.values() if isinstance(found, dict) else [found]
        for part in parts:
            yield from ((name, code) for code in ([part] if isinstance(part, str) else part))
