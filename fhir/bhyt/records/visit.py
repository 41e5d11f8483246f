"""The claim of one treatment episode (MA_LK): XML1 with its drug lines (XML2), service lines (XML3), forms.

Money, quantities and rates are Decimal with the decimals as sent. What the hospital claims from
the fund, the patient and others are its own figures; nothing here is the insurer's decision.
"""

from dataclasses import dataclass
from decimal import Decimal

from bhyt.records.coverage import Coverage
from bhyt.records.dates import PartialDate
from bhyt.records.person import Person
from bhyt.records.row import Row


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Amounts:
    """The figures of one line; the four shares (fund to others) add up to `hospital_amount`.

    Rates are in percent; `service_rate` (TYLE_TT_DV) exists for services only.
    """

    quantity: Decimal
    hospital_price: Decimal
    payment_rate: Decimal
    service_rate: Decimal | None
    benefit_rate: Decimal
    hospital_amount: Decimal
    insured_amount: Decimal
    fund: Decimal
    copayment: Decimal
    self_paid: Decimal
    other_sources: Decimal


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Line:
    """One claimed line; `table` is XML2 or XML3, `number` its STT, `row` everything as received.

    `is_supply` tells a supply (MA_VAT_TU) from a service; `ordered` etc. are points in time.
    """

    table: str
    number: str
    code: str | None
    name: str
    is_supply: bool
    cost_group: str
    unit: str | None
    payment_method: str | None
    ordering: tuple[str, ...]
    performing: tuple[str, ...]
    ordered: PartialDate | None
    executed: PartialDate | None
    amounts: Amounts
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Totals:
    """The sums as XML1 states them (not as we would compute them)."""

    drugs: Decimal
    supplies: Decimal
    hospital_amount: Decimal
    insured_amount: Decimal
    self_paid: Decimal
    copayment: Decimal
    fund: Decimal
    other_sources: Decimal
    fund_by_service: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Diagnoses:
    """ICD-10 codes and the words beside them; `traditional` are codes of traditional medicine."""

    principal: str
    others: tuple[str, ...]
    traditional: tuple[str, ...]
    at_admission: str | None
    at_discharge: str | None


@dataclass(frozen=True, slots=True, repr=False)
class UnknownTable:
    """An inner file that cannot be read: its LOAIHOSO, and what stands in it (base64 without line breaks)."""

    name: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Visit:
    """One treatment episode as claimed; `visit_id` is MA_LK, unique within the facility.

    `covers` has one entry per card, in the order sent, none for an uninsured patient.
    Codes are those of the national tables; weights in kilograms and, newborns, in grams. `others`
    are the rows of the other tables of the dossier (XML4 to XML15), in the order sent; `unknown` the
    inner files whose layout nobody has published (XML12) or nobody knows, in that order.
    """

    visit_id: str
    facility: str
    patient: Person
    covers: tuple[Coverage, ...]
    visit_category: str
    care_type: str
    arrived: PartialDate
    admitted: PartialDate | None
    ended: PartialDate
    settled: PartialDate | None
    treatment_days: int | None
    reason: str | None
    diagnoses: Diagnoses
    procedures: tuple[str, ...]
    treatment_result: str
    discharge_type: str
    accident: str | None
    referred_from: str | None
    referred_to: str | None
    referral_number: str | None
    departments: tuple[str, ...]
    medical_record: str | None
    weight: Decimal | None
    newborn_weights: tuple[Decimal, ...]
    settlement_month: str
    totals: Totals
    lines: tuple[Line, ...]
    row: Row
    others: tuple[Row, ...] = ()
    unknown: tuple[UnknownTable, ...] = ()
