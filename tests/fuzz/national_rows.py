"""Rows of every national table, made from the profiles, and the records that are read from them."""

from collections.abc import Iterable, Mapping
from datetime import date

from hypothesis import strategies as st

from bhyt.national.events import read_birth, read_check_in, read_death
from bhyt.national.visits import read_visit
from bhyt.problems import Findings
from bhyt.records.content import Record
from bhyt.records.row import Row
from bhyt.tables.codes import code_rows
from bhyt.tables.fields import Field, profile
from bhyt.tables.generations import Generation

VISIT_ID = "SYN-33999-0000001"
FACILITY = "33999"
HEADER = "XML1"
LINES = ("XML2", "XML3")
OTHERS = ("XML4", "XML5", "XML6", "XML7", "XML8", "XML10", "XML11", "XML13", "XML14", "XML15")
CARDS = ("MA_THE_BHYT", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN")
FIXED = {"MA_LK": VISIT_ID, "MA_CSKCB": FACILITY, "MACSKCB": FACILITY, "NGAY_VAO": "202609140805"}
FIXED |= {"NGAY_RA": "202609161000", "NGAYGIO_VV": "202609101500", "NGAY_TV": "202609112230"}
FIXED |= {"NAM_QT": "2026", "THANG_QT": "09"}
"""What must be the same, in order, or of one length for a record to be read and kept as it is spelled."""
MONTH = {"NAM_QT", "THANG_QT"}

# R4's strings know no other white space than space, tab and line break.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z"), include_characters=" \n"),
    min_size=1,
    max_size=12,
)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map("{:%Y%m%d}".format)
TIMES = st.times().map("{:%H%M}".format)
MOMENTS = st.builds(str.__add__, DAYS, TIMES)
PARTIAL = st.sampled_from(["1995", "19950000", "199500000000", "19950400", "20260914080530", "00000000"])
BY_KIND: Mapping[str, st.SearchStrategy[str]] = {
    "text": TEXTS,
    "code": st.from_regex(r"\A[0-9]{1,2}\Z"),
    "integer": st.from_regex(r"\A[0-9]{1,4}\Z") | st.just("3.00"),
    "number": st.from_regex(r"\A-?[0-9]{1,9}(\.[0-9]{0,4})?\Z")
    | st.sampled_from(["-0", "-0.00", ".5", "007"]),
    "day": DAYS | MOMENTS | PARTIAL,
    "moment": MOMENTS | DAYS | PARTIAL,
    "birth": MOMENTS | DAYS | PARTIAL,
}
"""Values that the reader takes, in whatever spelling."""


@st.composite
def odd_values(draw: st.DrawFn, table: str, generation: Generation) -> dict[str, str]:
    """The values of one row: usual ones, of which some are absent and some in any spelling that is read."""
    fields = {field.name: field for field in profile(table, generation)}
    values = full_values(table, generation)
    for name in draw(st.sets(st.sampled_from(sorted(fields)), max_size=15)):
        if fields[name].required not in {"yes", "if"} and name not in CARDS:
            del values[name]
    for name in draw(st.sets(st.sampled_from(sorted(fields)), max_size=8)):
        if name not in FIXED.keys() - MONTH and name not in CARDS:
            values[name] = draw(_odd(fields[name]))
    if CARDS[0] in fields and CARDS[2] in fields:
        values = {name: text for name, text in values.items() if name not in CARDS} | draw(_cards())
    return dict(Row.of(table, 1, values.items()).values)


def full_values(table: str, generation: Generation) -> dict[str, str]:
    """Return a value for every field, each told apart from the others, spelled as the tables spell them."""
    found: dict[str, str] = {}
    for place, field in enumerate(profile(table, generation), start=1):
        found[field.name] = FIXED.get(field.name) or _usual(field, place)
    if table in {HEADER, "CHECKIN"}:
        found |= {"MA_THE_BHYT": "DN4339900000001;HT3339900000002", "MA_DKBD": "33998;33997"}
        found |= {"GT_THE_TU": "20260101;20260201", "GT_THE_DEN": "20261231;20261130"}
    return found


def record_of(rows: Mapping[str, Iterable[Mapping[str, str]]], generation: Generation) -> Record | None:
    """Return the record of these rows by table, None if the reader refuses it."""
    made = {table: [_row(table, line, v) for line, v in enumerate(found, 1)] for table, found in rows.items()}
    findings = Findings(1)
    first = next(iter(made))
    header = made[first][0]
    match first:
        case "XML9" | "GIAYCHUNGSINH":
            return read_birth(header, findings, facility=FACILITY, generation=generation)
        case "GIAYBAOTU":
            return read_death(header, findings, generation=generation)
        case "CHECKIN":
            return read_check_in(header, findings, generation=generation)
    lines = [row for table in LINES for row in made.get(table, ())]
    others = [row for table in OTHERS for row in made.get(table, ())]
    return read_visit(header, lines, findings, generation=generation, others=others)


def _row(table: str, line: int, values: Mapping[str, str]) -> Row:
    return Row.of(table, line, values.items())


def _odd(field: Field) -> st.SearchStrategy[str]:
    one = BY_KIND[field.kind]
    if field.codes:
        one = st.sampled_from([row["code"] for row in code_rows(field.codes)]) | one
    if not field.is_list:
        return one
    # Empty parts and space around the semicolon are nothing that FHIR would keep by itself.
    return (
        st.lists(one | st.just(""), min_size=1, max_size=3).flatmap(
            lambda parts: st.sampled_from([";", "; ", " ;"]).map(lambda between: between.join([*parts, "1"]))
        )
        if field.kind in {"text", "code"}
        else st.lists(one, min_size=1, max_size=3).map(";".join)
    )


@st.composite
def _cards(draw: st.DrawFn) -> dict[str, str]:
    """The four parallel lists of cards, or none; the end of a card may be open."""
    number = draw(st.integers(0, 3))
    if not number:
        return {}
    cards = [f"DN43399{digit:08d}" for digit in range(number)]
    starts = draw(st.lists(DAYS, min_size=number, max_size=number))
    ends = draw(st.lists(DAYS | st.just(""), min_size=number, max_size=number))
    facilities = draw(st.lists(st.sampled_from(["33998", "01000"]), min_size=number, max_size=number))
    return dict(zip(CARDS, map(";".join, (cards, facilities, starts, ends)), strict=True))


def _usual(field: Field, place: int) -> str:
    """Return a value of the field's kind that no other field has, as the decision spells it."""
    if field.codes:
        codes = [row["code"] for row in code_rows(field.codes)]
        return codes[place % len(codes)]
    day = f"2026{place % 12 + 1:02d}{place % 28 + 1:02d}"
    width = field.max_length or 8
    one = {
        "text": f"Chữ {place}",
        "code": str(place % 10),
        "integer": str(place),
        "number": f"{place}.50",
        "day": day,
        "moment": f"{day}08{place % 60:02d}",
        "birth": f"{day}08{place % 60:02d}"[:width].ljust(width if width > 12 else 0, "0"),
    }[field.kind]
    return f"{one};{one}1" if field.is_list and field.kind == "text" else one
