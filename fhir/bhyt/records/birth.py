"""A birth certificate as a facility issues it (XML9, GIAYCHUNGSINH): one child, its mother, the birth."""

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
    `children` those born in this one. Parents who commissioned a surrogate are in `row` only.
    `visit_id` and `book` are always there in XML9; the form of 2025 (GIAYCHUNGSINH) has no MA_LK
    and demands little of the rest.
    """

    certificate_number: str
    book: str | None
    facility: str
    visit_id: str | None
    child_name: str | None
    child_sex: Sex
    born: PartialDate
    weight: Decimal | None
    temporary_card: str | None
    mother: Person
    mother_card: str | None
    father_name: str | None
    children: int | None
    birth_order: int | None
    living_children: int | None
    place: str | None
    condition: str | None
    operative: bool
    before_32_weeks: bool
    attendant: str | None
    recorder: str | None
    issued: PartialDate | None
    row: Row
