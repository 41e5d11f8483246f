"""A death notice as a facility issues it (HSDLGBT): who died, when, of what, and who says so."""

from dataclasses import dataclass

from bhyt.records.dates import PartialDate
from bhyt.records.person import Person
from bhyt.records.row import Row


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Death:
    """One death; `notice_number` is MA_GBT, `cause` the words of the notice, `cause_code` ICD-10.

    `on_the_way` says that the person died before reaching emergency care.
    """

    notice_number: str
    facility: str
    facility_address: str | None
    person: Person
    card_number: str | None
    medical_record: str | None
    admitted: PartialDate
    died: PartialDate
    on_the_way: bool
    cause: str
    cause_code: str | None
    cause_name: str | None
    recorder: str
    relative: str | None
    head: str
    number: str
    book: str
    issued: PartialDate
    row: Row
