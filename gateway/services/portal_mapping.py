"""A desk's question in the portal's words, and the portal's answer in ours; pure.

`results.csv` says under which of our codes each of the portal's is told. What cannot be mapped without
a doubt is PortalNonsense: "unknown" to the desk, never "covered" and never "not covered".
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from bhyt.errors import RecordsError
from bhyt.records.coverage import Coverage
from bhyt.records.dates import VIETNAM, PartialDate
from bhyt.records.eligibility import EarlierVisit, EligibilityQuestion, Reason
from bhyt.records.person import Person, Sex
from gateway.domain.eligibility import Proof, Registered, RegisteredCover, Told, failure_reason
from gateway.errors import GatewayError, NotServed
from gateway.upstream.answers import PortalCard, PortalEligibility, PortalVisit
from gateway.upstream.calls import Lookup
from gateway.upstream.errors import PortalError, PortalLocked, PortalNonsense, PortalRefused
from gateway.upstream.results import Result, result

EXPIRED = "eligibility.expired"
CHILD = "eligibility.child-without-card"
IDENTITY_NEEDED = "eligibility.identity-needed"
DIFFERS = frozenset({"eligibility.name-mismatch", "eligibility.birth-date-mismatch"})
SOURCE_AWAY, SOURCE_LOCKED = "eligibility.source-away", "eligibility.source-locked"
QUESTION_REFUSED = "eligibility.question-refused"
_BORN = re.compile(r"(?:(?:\d\d/)?\d\d/)?\d{4}", re.ASCII)
_SEXES: dict[str, Sex] = {"nam": "male", "nữ": "female"}


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the portal knows, as `domain.eligibility.Known` takes it: either a person or a decision."""

    registered: Registered | None = None
    told: Told | None = None
    numbers_differ: bool = False
    remarks: tuple[Reason, ...] = ()


def lookup_for(question: EligibilityQuestion, proof: Proof | None) -> Lookup | None:
    """Return the question as the portal takes it, None where name or birth date are missing.

    What a chip proves goes before what was typed; a name out of the machine-readable zone has lost its
    accents, so that the typed one is asked about if the zone does not contradict it.
    """
    number = proof.national_id if proof else question.national_id
    name, born = (proof.full_name, proof.birth_date) if proof else (question.full_name, question.birth_date)
    if proof and proof.zone_name and question.full_name and proof.names(question.full_name):
        name = question.full_name
    if not name or born is None:
        return None
    return Lookup(
        number=number or question.insurance_number or question.card_number or "",
        full_name=name,
        born=_slashed(born),
        clerk_name=question.asked_by.full_name,
        clerk_id=question.asked_by.id_number,
    )


def mapped(found: PortalEligibility, question: EligibilityQuestion, asked: Lookup, *, today: date) -> Mapped:
    """Return what an answer of the portal means for a question.

    Raises PortalNonsense: a code, card or date that nobody can read.
    """
    known = result("eligibility", found.code, on=today)
    if known is None:
        raise PortalNonsense("an unknown result code", result=found.code)
    cards = _cards(found, known, question.service_date)
    if told := _told(known, cards, today=today):
        return Mapped(told=told)
    if not cards:
        raise PortalNonsense("a card in force without its number", result=found.code)
    person = _person(found, cards[0], asked)
    covers = tuple(RegisteredCover(_cover(card, found)) for card in cards)
    remarks = () if known.says in {None, EXPIRED} else (_worded(known),)
    return Mapped(
        registered=Registered(person, covers),
        numbers_differ=_differ(question, person, cards),
        remarks=remarks,
    )


def unanswered(error: GatewayError, *, today: date) -> Told:
    """Return what a desk is told where the portal gave no answer, and why."""
    code = SOURCE_AWAY
    if isinstance(error, PortalLocked | NotServed):
        code = SOURCE_LOCKED
    elif isinstance(error, PortalRefused):
        code = QUESTION_REFUSED
    said = error.result if isinstance(error, PortalError) else None
    known = result("eligibility", said or "", on=today)
    if known and known.says and code in {known.says, QUESTION_REFUSED}:
        return Told("unknown", _worded(known))
    return Told("unknown", failure_reason(code))


def shown_visits(visits: Sequence[PortalVisit], *, since: date) -> tuple[EarlierVisit, ...]:
    """Return of the portal's visits what a facility may see: date, facility and category."""
    return tuple(
        EarlierVisit(visit.arrived.astimezone(VIETNAM).date(), visit.facility, visit.reason or "")
        for visit in visits
        if visit.arrived and visit.facility and visit.arrived.astimezone(VIETNAM).date() >= since
    )


def _told(known: Result, cards: Sequence[PortalCard], *, today: date) -> Told | None:
    """Return what a code decides by itself, None where the dates of the cards decide.

    `reject` is not covered, but a name or birth date that differs says nothing of a card; an older
    portal's code (`legacy`) and a child of whom it shows no card leave it open.
    """
    if known.says in DIFFERS or known.handling == "legacy":
        return Told("unknown", _worded(known))
    if known.says == CHILD and not cards:
        return Told("unknown", _worded(known))
    ended = any(card.valid_to and card.valid_to < today for card in cards)
    if known.handling == "reject" and not (known.says == EXPIRED and ended):
        return Told("not-covered", _worded(known))
    return None


def _cards(found: PortalEligibility, known: Result, on: date) -> list[PortalCard]:
    """Return the cards that count: the new one in the old one's place.

    Beside the new one stands the old one until that begins, where the portal says that it still holds (004).
    """
    if known.handling != "ok-new-card":
        return [found.card] if found.card else []
    if found.new_card is None:
        raise PortalNonsense("a new card without its number", result=found.code)
    begins = found.new_card.valid_from
    if known.code == "004" and found.card and begins and on < begins:
        return [found.card, found.new_card]
    return [found.new_card]


def _cover(card: PortalCard, found: PortalEligibility) -> Coverage:
    if card.valid_from is None:
        raise PortalNonsense("a card without its first day", result=found.code)
    try:
        return Coverage(
            card_number=card.number,
            primary_facility=card.primary_facility,
            valid_from=card.valid_from,
            valid_to=card.valid_to,
            five_years_from=found.five_years_from,
            living_area=found.living_area,
        )
    except RecordsError as error:
        raise PortalNonsense("a card number that is none", result=found.code) from error


def _person(found: PortalEligibility, card: PortalCard, asked: Lookup) -> Person:
    """Return the person whom the portal confirms; what it leaves out is as it was asked."""
    return Person(
        full_name=found.full_name or asked.full_name,
        birth_date=_born(found.born or asked.born),
        sex=_SEXES.get((found.sex or "").casefold(), "unknown"),
        national_id=asked.number if len(asked.number) == 12 else None,
        insurance_number=found.insurance_number or card.number[5:],
        address=found.address,
    )


def _differ(question: EligibilityQuestion, person: Person, cards: Sequence[PortalCard]) -> bool:
    """Say whether a number of the question is not the person's; a former card has the same ten digits."""
    insurance, card = question.insurance_number, question.card_number
    if insurance and insurance != person.insurance_number:
        return True
    own = {one.number for one in cards}
    return bool(card) and card not in own and (card or "")[5:] != person.insurance_number


def _worded(known: Result) -> Reason:
    """Return our words with the portal's behind them."""
    ours = failure_reason(known.says or SOURCE_AWAY)
    return Reason(
        ours.code, f"{ours.text_vi} ({known.label_vi})", f"{ours.text_en} ({known.label_en})", "CV 1923"
    )


def _slashed(born: PartialDate) -> str:
    """Return a birth date as precisely as it is known: dd/MM/yyyy, MM/yyyy or yyyy."""
    parts = (born.day, born.month)
    return "/".join([*(f"{part:02d}" for part in parts if part is not None), f"{born.year:04d}"])


def _born(text: str) -> PartialDate:
    if _BORN.fullmatch(text):
        with suppress(RecordsError):
            return PartialDate(*(int(part) for part in reversed(text.split("/"))))
    raise PortalNonsense("a birth date that is none")
