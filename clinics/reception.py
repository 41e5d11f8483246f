"""Somebody at the desk: what the desk knows before the insurer answers, and what follows from the answer.

It can be written down whole, so that an arrival during an outage can be verified later.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self, get_args

from bhyt.errors import RecordsError
from bhyt.r4 import checkin as checkin_fhir
from bhyt.r4 import eligibility as eligibility_fhir
from bhyt.r4 import wire
from bhyt.records.checkin import CheckIn, FirstCost
from bhyt.records.dates import VIETNAM, PartialDate
from bhyt.records.eligibility import Arrival, Clerk, EligibilityAnswer, EligibilityQuestion
from bhyt.records.person import Person, Sex
from cardreader.proof.evidence import Evidence
from cardreader.reading import CardReading
from clinics.answers import Json
from clinics.errors import GatewayNonsense, ItemUnreadable
from clinics.statement import Statement

UNNAMED = "unnamed"
_ANSWERS = frozenset({"active_signature", "chip_answer"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reception:
    """One arrival; `arrived` is ISO 8601 with offset.

    `evidence` holds what may be sent of the chip: DG13 only with a `legal_basis`. It is signed when
    it is sent, with the `reader`, `session` and `timing` (milliseconds) of the reading.
    """

    national_id: str
    full_name: str
    birth_date: str
    sex: Sex
    evidence: dict[str, Any]
    clerk_name: str
    clerk_id: str
    facility: str
    arrived: str
    arrival: Arrival
    care_type: str
    visit_id: str
    service_code: str
    service_name: str
    reader: str = UNNAMED
    session: str = UNNAMED
    timing: dict[str, float] = field(default_factory=dict)
    legal_basis: str | None = None

    def to_bytes(self) -> bytes:
        """Return everything as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return what `to_bytes` wrote.

        Raises ItemUnreadable: it is something else, or was written by another version.
        """
        try:
            fields = json.loads(data)
            reception = cls(**fields)
            reception.check()
        except (ValueError, TypeError, RecursionError, RecordsError) as fault:
            raise ItemUnreadable("a kept arrival cannot be read") from fault
        return reception

    def check(self) -> None:
        """Refuse what no desk wrote.

        Raises ValueError, TypeError, RecordsError: a field of the wrong kind.
        """
        fields = asdict(self)
        evidence, timing = fields.pop("evidence"), fields.pop("timing")
        texts = (fields.pop("legal_basis") or "", *fields.values())
        if not isinstance(evidence, dict) or not isinstance(timing, dict):
            raise TypeError("a field has the wrong type")
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a field has the wrong type")
        if not all(type(spent) in {int, float} for spent in timing.values()):
            raise TypeError("a time is not a number")
        if self.sex not in get_args(Sex) or self.arrival not in get_args(Arrival):
            raise ValueError("a field has a value of no meaning")
        PartialDate.from_fhir(self.birth_date)
        if self.moment.tzinfo is None:
            raise ValueError("the time of arrival has no offset")

    @property
    def moment(self) -> datetime:
        """Return the time of arrival in Vietnamese time."""
        return datetime.fromisoformat(self.arrived).astimezone(VIETNAM)

    def statement(self, challenge: str | None = None) -> Statement:
        """Return what the desk states of the chip.

        Without a `challenge` that is what the chip holds: its answers to this desk's own questions
        prove nothing to anyone else, and stay here.
        """
        answers = frozenset() if challenge else _ANSWERS
        return Statement(
            evidence={name: part for name, part in self.evidence.items() if name not in answers},
            challenge=challenge,
            reader=self.reader,
            session=self.session,
            legal_basis=self.legal_basis,
            timing=self.timing,
        )

    def question(self, presence_receipt: str) -> EligibilityQuestion:
        """Return the question for the insurer about the chip's holder, on the day of arrival."""
        return EligibilityQuestion(
            national_id=self.national_id,
            insurance_number=None,
            card_number=None,
            full_name=self.full_name,
            birth_date=PartialDate.from_fhir(self.birth_date),
            sex=self.sex,
            facility=self.facility,
            service_date=self.moment.date(),
            care_type=self.care_type,
            arrival=self.arrival,
            asked_by=Clerk(self.clerk_name, self.clerk_id),
            presence_receipt=presence_receipt,
            entered_by="chip",
        )

    def answer(self, response: Json) -> EligibilityAnswer:
        """Return what the insurer's response says, if it is about this person and this day.

        Raises GatewayNonsense: not readable, about somebody else or another day, "covered" without a cover.
        """
        try:
            answer = eligibility_fhir.response_from_fhir(response)
        except RecordsError as fault:
            raise GatewayNonsense("the eligibility response cannot be read") from fault
        person = answer.person
        if person and person.national_id not in {None, self.national_id}:
            raise GatewayNonsense("the eligibility response is about somebody else")
        if answer.service_date != self.moment.date():
            raise GatewayNonsense("the eligibility response is about another day")
        if answer.status == "covered" and (answer.coverage is None or answer.benefit is None):
            raise GatewayNonsense("the eligibility response says covered without a cover")
        return answer

    def check_in(self, answer: EligibilityAnswer) -> CheckIn:
        """Return the check-in of a covered arrival; its first cost is the examination that the desk orders.

        Raises GatewayNonsense: the answer holds no cover.
        """
        if answer.coverage is None or answer.benefit is None:
            raise GatewayNonsense("the eligibility response says covered without a cover")
        moment = PartialDate.from_fhir(self.moment.replace(second=0, microsecond=0).isoformat())
        return CheckIn(
            visit_id=self.visit_id,
            facility=self.facility,
            patient=answer.person or self._person(),
            covers=(answer.coverage,),
            visit_category=answer.benefit.visit_category,
            care_type=self.care_type,
            arrived=moment,
            first_cost=FirstCost("service", self.service_code, self.service_name, moment),
        )

    def _person(self) -> Person:
        return Person(
            full_name=self.full_name,
            birth_date=PartialDate.from_fhir(self.birth_date),
            sex=self.sex,
            national_id=self.national_id,
        )


def encounter(check_in: CheckIn, *, presence_receipt: str) -> bytes:
    """Return the check-in as the FHIR Encounter to be stored, carrying the receipt that it consumes."""
    return wire.write(checkin_fhir.to_fhir(check_in, presence_receipt=presence_receipt))


def presentable(evidence: Evidence, *, legal_basis: str | None) -> Evidence:
    """Return what of the evidence may go to the gateway: never the face, and DG13 only with a legal basis."""
    return evidence.without(2) if legal_basis else evidence.without(2, 13)


def sex_of(reading: CardReading) -> Sex:
    """Return the sex that the card states, in the records' words."""
    return "male" if reading.sex == "male" else "female" if reading.sex == "female" else "unknown"
