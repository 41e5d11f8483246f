"""Invented people in rows of a template, the same ones for the same seed; and sheets made of them."""

import csv
import io
import random
from collections.abc import Mapping, Sequence

from xlsxwriter import Workbook

from clinics.batch.sources.sheets.columns import Known, SheetKind, known_columns

FACILITY = "33999"
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi")
_MIDDLE = ("Thị", "Văn", "Ngọc", "Thanh", "Minh", "Thu")
_GIVEN = ("An", "Bình", "Châu", "Dung", "Hà", "Khánh", "Mẫu", "Thử", "Ví Dụ")
_MARKS = {"births": "GCS", "deaths": "GBT"}
_NUMBERED = {
    "MA_LK": "LK-{:06d}",
    "MA_BN": "BN{:06d}",
    "MA_HSBA": "HSBA-{:06d}",
    "SO": "{:05d}",
    "SO_BAOTU": "{:05d}",
}


def template_columns(kind: SheetKind) -> list[Known]:
    """Return the columns of a template."""
    return [known for known in known_columns(kind) if known.template]


def people(kind: SheetKind, count: int, *, seed: int = 1) -> list[dict[str, str]]:
    """Return `count` rows by header; whoever is in them was never born."""
    chance = random.Random(seed)
    return [
        {known.header: _cell(kind, known, number, chance) for known in template_columns(kind)}
        for number in range(1, count + 1)
    ]


def csv_bytes(
    rows: Sequence[Mapping[str, str]], *, separator: str = ",", encoding: str = "utf-8-sig"
) -> bytes:
    """Return the rows as a CSV file, the keys of the first one as its header."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(rows: Sequence[Mapping[str, object]], *, name: str = "Sheet1", above: int = 0) -> bytes:
    """Return the rows as a workbook, `above` empty rows over the header; text stays text."""
    content = io.BytesIO()
    workbook = Workbook(
        content, {"in_memory": True, "strings_to_numbers": False, "default_date_format": "dd/mm/yyyy hh:mm"}
    )
    sheet = workbook.add_worksheet(name)
    for line, cells in enumerate([list(rows[0]), *(list(row.values()) for row in rows)], start=above):
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(line, place, cell)
            else:
                sheet.write(line, place, cell)
    workbook.close()
    return content.getvalue()


def _cell(kind: SheetKind, known: Known, number: int, chance: random.Random) -> str:
    """Return what stands in one cell."""
    field = known.field
    if field in {"MA_GCS", "MA_GBT"}:
        return f"{number:05d}.{_MARKS[kind]}.{FACILITY}.26"
    if form := _NUMBERED.get(field):
        return form.format(number)
    if "TEN" in field.split("_")[0] or field.startswith(("HO_TEN", "NGUOI_")):
        return f"{chance.choice(_FAMILY)} {chance.choice(_MIDDLE)} {chance.choice(_GIVEN)}"
    match known.rule:
        case "birth":
            years = (1970, 2005) if kind == "births" else (1930, 2005)  # in a birth it is the mother's
            return f"{chance.randint(1, 28)}/{chance.randint(1, 12)}/{chance.randint(*years)}"
        case "id":
            return f"0331{chance.randrange(10**8):08d}"
        case "insurance":
            return f"99{chance.randrange(10**8):08d}"
        case "grams":
            return str(chance.randint(1_800, 4_600))
    if field == "NGAY_SINH_CON":
        return f"{chance.randint(1, 5):02d}/03/2026 {chance.randint(0, 23):02d}:{chance.randint(0, 59):02d}"
    return known.example
