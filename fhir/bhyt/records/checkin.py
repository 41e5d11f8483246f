"""A check-in (XML0): somebody arrived, under which cover and category, and what was first done."""

from dataclasses import dataclass

from bhyt.records.coverage import Coverage
from bhyt.records.dates import PartialDate
from bhyt.records.person import Person
from bhyt.records.row import Row


@dataclass(frozen=True, slots=True, repr=False)
class FirstCost:
    """The first thing that cost something: a service, drug or supply, and when it was ordered."""

    kind: str
    code: str
    name: str | None
    ordered: PartialDate | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CheckIn:
    """One arrival; `visit_id` is MA_LK, `admitted` the time of the order to admit, if there was one.

    `row` is None for a check-in that was made at our own desk instead of read from a file.
    """

    visit_id: str
    facility: str
    patient: Person
    covers: tuple[Coverage, ...]
    visit_category: str
    care_type: str
    arrived: PartialDate
    admitted: PartialDate | None = None
    admission_reason: str | None = None
    first_cost: FirstCost | None = None
    row: Row | None = None
