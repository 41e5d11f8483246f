"""Birth certificates and death notices: impossible dates (errors), figures to look at again (warnings)."""

import re
from decimal import Decimal
from typing import Final

from bhyt.checks.moments import surely_before
from bhyt.checks.notes import note
from bhyt.problems import Findings
from bhyt.records.birth import Birth
from bhyt.records.coverage import is_card_number
from bhyt.records.dates import PartialDate
from bhyt.records.death import Death
from bhyt.records.row import Row

MIN_MOTHER_AGE: Final = 10
MAX_MOTHER_AGE: Final = 60
"""Whole years of age within which a mother is believed."""

MIN_WEIGHT: Final = Decimal(300)
MAX_WEIGHT: Final = Decimal(7000)
"""Grams within which a child's weight is believed; 3.15 was meant in kilograms."""

MAX_CHILDREN: Final = 6
"""How many children of one delivery are believed."""

MAX_DELIVERIES: Final = 20
"""How many deliveries of one mother are believed."""

_NUMBER: Final = re.compile(r"\d{5}\.(GCS|GBT)\.([0-9A-Z]{5})\.(\d\d)", re.ASCII)
_TEMPORARY: Final = "TE1"


def check_birth_dates(birth: Birth, findings: Findings) -> None:
    """Note a certificate issued before the birth, and a mother or carer born after the child (errors).

    Of another age than a mother has: a warning, for a carer may be older.
    """
    row, issued, mother = birth.row, birth.issued, birth.mother.birth_date
    if issued is not None and surely_before(issued, birth.born):
        expected = f">= NGAY_SINH_CON {row.text('NGAY_SINH_CON') or ''}"
        note(findings, "document.issued-before-event", row, "NGAY_CT", expected=expected)
    if mother is not None and surely_before(birth.born, mother):
        expected = f"< NGAY_SINH_CON {row.text('NGAY_SINH_CON') or ''}"
        note(findings, "birth.mother-born-later", row, "NGAYSINH_NND", expected=expected)
    elif mother is not None and not _may_be_a_mother(mother, birth.born):
        first, last = birth.born.year - MAX_MOTHER_AGE - 1, birth.born.year - MIN_MOTHER_AGE
        note(findings, "birth.mother-age", row, "NGAYSINH_NND", expected=f"{first}-{last}", hard=False)


def check_birth_figures(birth: Birth, findings: Findings) -> None:
    """Note a weight or count that nobody would believe, and a temporary card that is none."""
    row = birth.row
    if birth.weight is not None and not MIN_WEIGHT <= birth.weight <= MAX_WEIGHT:
        expected = f"{MIN_WEIGHT}-{MAX_WEIGHT}"
        note(findings, "birth.weight", row, "CAN_NANG_CON", expected=expected, hard=False)
    for name, count, least, most in (
        ("SO_CON", birth.children, 1, MAX_CHILDREN),
        ("LAN_SINH", birth.birth_order, 1, MAX_DELIVERIES),
        ("SO_CON_SONG", birth.living_children, 0, MAX_CHILDREN * MAX_DELIVERIES),
    ):
        if count is not None and not least <= count <= most:
            note(findings, "birth.count", row, name, expected=f"{least}-{most}", hard=False)
    card = row.text("MA_THE_TAM")
    if card is not None and not (is_card_number(card) and card.startswith(_TEMPORARY)):
        note(findings, "document.card-number", row, "MA_THE_TAM", expected=f"{_TEMPORARY}...", hard=False)
    _card(row, "MA_THE_NND", findings)


def check_birth_number(birth: Birth, findings: Findings) -> None:
    """Note a national number of another form, facility or year; a plain number of the book has no form."""
    row = birth.row
    if row.table == "GIAYCHUNGSINH":
        _number(row, "MA_GCS", findings, facility=birth.facility, issued=birth.issued)
    elif ".GCS." in birth.certificate_number.upper():
        _number(row, "SO", findings, facility=birth.facility, issued=birth.issued)


def check_death_dates(death: Death, findings: Findings) -> None:
    """Note a death before the birth or after the notice (errors), or before the admission (a warning).

    Who died on the way was not yet admitted, and some notices name the dead on arrival alike.
    """
    row, born = death.row, death.person.birth_date
    if born is not None and surely_before(death.died, born):
        expected = f">= NGAY_SINH {row.text('NGAY_SINH') or ''}"
        note(findings, "death.before-birth", row, "NGAY_TV", expected=expected)
    if surely_before(death.issued, death.died):
        expected = f">= NGAY_TV {row.text('NGAY_TV') or ''}"
        note(findings, "document.issued-before-event", row, "NGAY_CAPGIAYBT", expected=expected)
    if not death.on_the_way and surely_before(death.died, death.admitted):
        expected = f">= NGAYGIO_VV {row.text('NGAYGIO_VV') or ''}"
        note(findings, "death.before-admission", row, "NGAY_TV", expected=expected, hard=False)


def check_death_numbers(death: Death, findings: Findings) -> None:
    """Note a notice number of another form, facility or year, and a card number that is none."""
    _number(death.row, "MA_GBT", findings, facility=death.facility, issued=death.issued)
    _card(death.row, "MA_THE", findings)


def _may_be_a_mother(born: PartialDate, at: PartialDate) -> bool:
    """Say whether who was `born` then may have had MIN_MOTHER_AGE to MAX_MOTHER_AGE whole years `at` a day.

    With a part that is not known, the age is believed that the other parts allow.
    """
    oldest = at.year - born.year
    if born.month and at.month and born.day and at.day:
        oldest -= (at.month, at.day) < (born.month, born.day)
        return MIN_MOTHER_AGE <= oldest <= MAX_MOTHER_AGE
    return MIN_MOTHER_AGE <= oldest <= MAX_MOTHER_AGE + 1


def _number(row: Row, name: str, findings: Findings, *, facility: str, issued: PartialDate | None) -> None:
    """Note a document number that does not name this facility and the year of issue."""
    kind = "GBT" if name == "MA_GBT" else "GCS"
    match = _NUMBER.fullmatch(row.text(name) or "")
    year = f"{issued.year % 100:02d}" if issued else None
    if match is None or match.groups() != (kind, facility or match[2], year or match[3]):
        expected = f"NNNNN.{kind}.{facility or 'XXXXX'}.{year or 'YY'}"
        note(findings, "document.number", row, name, expected=expected, hard=False)


def _card(row: Row, name: str, findings: Findings) -> None:
    """Note a card number of another form than letters, level and twelve digits."""
    card = row.text(name)
    if card is not None and not is_card_number(card):
        note(findings, "document.card-number", row, name, expected="XX0000000000000", hard=False)
