"""The question a reception desk asks of the insurer, and the insurer's answer."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from bhyt.errors import NoIdentifier
from bhyt.records.coverage import Coverage
from bhyt.records.dates import PartialDate
from bhyt.records.person import Person, Sex

Arrival = Literal["regular", "referral", "follow-up", "emergency"]
EnteredBy = Literal["chip", "qr", "typed"]
Status = Literal["covered", "not-covered", "unknown"]
Assurance = Literal["chip-proven", "chip-read", "qr", "typed"]


@dataclass(frozen=True, slots=True, repr=False)
class Clerk:
    """Who asks: the portal demands the name and ID number of a person for every look-up."""

    full_name: str
    id_number: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EligibilityQuestion:
    """Is this person covered on this day at this facility, and at which rate?

    `care_type` is MA_LOAI_KCB; `arrival` says how the patient came and so decides the route;
    `presence_receipt` is the gateway's own receipt for a verified chip, as it was given.

    Raises NoIdentifier: none of ID number, insurance number and card is given.
    """

    national_id: str | None
    insurance_number: str | None
    card_number: str | None
    full_name: str | None
    birth_date: PartialDate | None
    sex: Sex | None
    facility: str
    service_date: date
    care_type: str = "01"
    arrival: Arrival = "regular"
    asked_by: Clerk
    presence_receipt: str | None
    entered_by: EnteredBy

    def __post_init__(self) -> None:
        """Refuse a question about nobody."""
        if not (self.national_id or self.insurance_number or self.card_number):
            raise NoIdentifier


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the answer is what it is; `source` names the law or table, None for a plain fact."""

    code: str
    text_vi: str
    text_en: str
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitEstimate:
    """The rates in percent: the card's level, the route's, and their product.

    `visit_category` is the MA_DOITUONG_KCB that the question's facts lead to, such as "1.1".
    """

    visit_category: str
    level_rate: Decimal
    routing_rate: Decimal
    rate: Decimal
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class EarlierVisit:
    """All that a facility may see of a visit elsewhere."""

    date: date
    facility: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EligibilityAnswer:
    """The insurer's answer: in force or not and why, for whom, at which rate, and how sure.

    A refusal's first reason has a code of the table of failures. `copaid` is what the person has paid
    beside the insurance in this calendar year, in VND, None where that is not known. `training` marks
    answers of a training gateway, which are never true.
    """

    status: Status
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...] = ()
    person: Person | None = None
    coverage: Coverage | None = None
    benefit: BenefitEstimate | None = None
    earlier_visits: tuple[EarlierVisit, ...] = ()
    copaid: Decimal | None = None
    assurance: Assurance
    service_date: date
    training: bool = False
