"""A birth certificate as a facility issues it (XML9): one child, its mother or carer, the birth."""

from dataclasses import dataclass
from decimal import Decimal

from bhyt.records.dates import PartialDate
from bhyt.records.person import Person, Sex
from bhyt.records.row import Row


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Birth:
    """One child born; `certificate_number` and `book` are the certificate's, `weight` in grams.

    `child_name` is the name the parents mean to give, if they told; `mother` is the person whom
    the certificate names as mother or carer; `birth_order` counts this mother's deliveries,
    `children` those born in this one.
    """

    certificate_number: str
    book: str
    facility: str
    visit_id: str
    child_name: str | None
    child_sex: Sex
    born: PartialDate
    weight: Decimal
    temporary_card: str | None
    mother: Person
    mother_card: str | None
    father_name: str | None
    children: int
    birth_order: int
    living_children: int
    place: str
    condition: str
    operative: bool
    before_32_weeks: bool
    attendant: str
    recorder: str
    issued: PartialDate
    row: Row
