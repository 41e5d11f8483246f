"""Which generation of the national formats a file follows, as far as its date and content tell.

The file's date tells which generation should be used; what stands in the file tells which ones
are possible: a field that only some generations have, a value that does not fit the form that
its field once had (`47.5` into the three characters of MUC_HUONG).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache

from bhyt.tables.codes import bare, numeric_code_days
from bhyt.tables.fields import Field, all_fields, fits
from bhyt.tables.generations import Generation, generation_on, generations, signed_by


def choose_generation(*, made_on: date | None, fields: Mapping[str, Collection[str]]) -> Generation:
    """Return the generation that a file follows.

    `made_on` is the file's date (NGAYLAP), or else the day of the visit or document. `fields`
    has for each table the names that stand there, empty ones too; where they are a mapping from
    name to value, the values' form counts as well. One row of each table is enough.

    Names count most, as nobody writes a field that is not yet known. Forms count only among the
    generations whose decision was signed by then. What is left is told by the date; without a
    date the newest possible generation is taken.
    """
    possible = _by_names(fields)
    if made_on is None:
        return _by_forms(possible, fields)[-1]
    signed = signed_by(made_on)
    possible = _by_forms([one for one in possible if one in signed] or possible, fields)
    usual = _place(generation_on(made_on))
    return next((one for one in reversed(possible) if _place(one) <= usual), possible[0])


def _by_names(fields: Mapping[str, Collection[str]]) -> Sequence[Generation]:
    """Return the generations that have all the names; where names exclude each other, the newer ones win."""
    spans = [span for table, names in fields.items() for name, span in _spans(table).items() if name in names]
    first = max((first for first, _ in spans), default=0)
    last = min((last for _, last in spans if last >= first), default=len(generations()) - 1)
    return generations()[first : last + 1]


def _by_forms(possible: Sequence[Generation], fields: Mapping[str, Collection[str]]) -> Sequence[Generation]:
    """Return those of `possible` whose forms the values have; a value that has no form says nothing."""
    for table, values in fields.items():
        if not isinstance(values, Mapping):
            continue
        for name, forms in changed_fields(table).items():
            text = str(values.get(name) or "").strip()
            if text:
                fitting = {one for field in forms if _has_form(field, text) for one in field.generations()}
                possible = [one for one in possible if one in fitting] or possible
    return possible


def _has_form(field: Field, text: str) -> bool:
    """Say whether a value has the length and, if the field is coded, one of its codes, `1` as `01`."""
    return fits(field, text) and (not field.codes or bare(text) in numeric_code_days(field.codes))


@cache
def _spans(table: str) -> dict[str, tuple[int, int]]:
    """Return the places of the first and last generation of each field that not all generations have."""
    spans: dict[str, tuple[int, int]] = {}
    for field in all_fields(table):
        places = [_place(one) for one in field.generations()]
        first, last = spans.get(field.name, (places[0], places[-1]))
        spans[field.name] = min(first, places[0]), max(last, places[-1])
    return {name: span for name, span in spans.items() if span != (0, len(generations()) - 1)}


@cache
def changed_fields(table: str) -> dict[str, tuple[Field, ...]]:
    """Return the forms of each field that has more than one."""
    forms: dict[str, tuple[Field, ...]] = {}
    for field in all_fields(table):
        forms[field.name] = (*forms.get(field.name, ()), field)
    return {name: found for name, found in forms.items() if len(found) > 1}


def _place(generation: Generation) -> int:
    """Return the place of a generation among all, from 0."""
    return generations().index(generation)
