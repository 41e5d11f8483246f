"""The profiles as marshmallow schemas: the reference for what is wrong with a row.

Each schema is built from the profile of one table and generation; its messages are our failure
codes. It is clear rather than fast, and shares nothing with the compiled checker of
`bhyt.national` but the profile itself; a test holds both to the same findings.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, cast

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, pre_load, validates_schema

from bhyt.tables.codes import code_rows
from bhyt.tables.fields import Field, profile
from bhyt.tables.generations import Generation
from bhyt.tables.schema_values import DIGITS, NULLS, clean, composed, exponent_number, number_said, time_said

WARNINGS: Final = frozenset(
    f"record.{name}"
    for name in (
        *("too-long", "unknown-code", "unknown-field", "missing-conditional-field"),
        *("exponent-in-number", "null-word"),
    )
)
"""The codes that do not keep a row from being read; all others do."""

KEPT_SCHEMAS: Final = 256
"""How many schemas are kept, one for each table, generation and day."""

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
        cleaned = [(name, clean(text)) for name, text in sent["pairs"]]
        _refuse((name, "record.field-twice") for name, text in cleaned if text and text != values[name])

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def check_nulls(self, _data: object, sent: Mapping[str, Pairs], **_: object) -> None:
        """Refuse the word NULL where it is all that a field says; told of the first such field."""
        values = _values(sent["pairs"])
        nulls = [name for name, text in sent["pairs"] if composed(text) in NULLS and name not in values]
        _refuse((name, "record.null-word") for name in nulls[:1])

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def check_exponents(self, _data: object, sent: Mapping[str, Pairs], **_: object) -> None:
        """Refuse numbers that are written with an exponent, each of a list."""
        told: list[tuple[str, str]] = []
        values = _values(sent["pairs"])
        for field in (field for field in self.profile if field.kind == "number"):
            text = values.get(field.name, "")
            parts = map(str.strip, text.split(";")) if field.is_list else [text]
            told.extend(
                (field.name, "record.exponent-in-number")
                for part in parts
                if exponent_number(part) is not None
            )
        _refuse(told)

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
            read: Any = time_said(text)
        elif field.kind in {"number", "integer"}:
            read = number_said(text, whole=field.kind == "integer")
        else:
            read = text
        wrong = []
        if not field.is_list and _too_long(field, text):
            wrong.append("record.too-long")
        if field.codes and not self._known(text) and not (optional and set(text) == {"0"}):
            wrong.append("record.unknown-code")
        if not field.codes and field.kind == "code" and not set(text) <= DIGITS:
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


def _values(pairs: Pairs) -> dict[str, str]:
    """Return the first value of each name that is neither empty nor NULL."""
    values: dict[str, str] = {}
    for name, text in pairs:
        if clean(text):
            values.setdefault(name, clean(text))
    return values


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
