"""Is this person covered on this day, under which card, and if not, why: pure, from the register."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from bhyt.records.coverage import Coverage
from bhyt.records.dates import PartialDate
from bhyt.records.eligibility import (
    Assurance,
    BenefitEstimate,
    EarlierVisit,
    EligibilityAnswer,
    EligibilityQuestion,
    Reason,
    Status,
)
from bhyt.records.person import Person, same_name
from failures import failure
from gateway.domain.benefits import Arriving, FacilityFacts, estimate
from gateway.domain.zone_names import agrees_with_zone

ChipLevel = Literal["chip-proven", "chip-read"]
"""Of the levels of assurance those that a chip can reach."""

MISMATCHES = frozenset(
    {
        "eligibility.person-unknown",
        "eligibility.number-wrong",
        "eligibility.identity-needed",
        "eligibility.name-mismatch",
        "eligibility.birth-date-mismatch",
        "eligibility.numbers-differ",
    }
)


@dataclass(frozen=True, slots=True)
class RegisteredCover:
    """A cover as the register has it; from `revoked_from` on it does not hold."""

    cover: Coverage
    revoked_from: date | None = None

    def holds_on(self, day: date) -> bool:
        """Say whether the cover is in force on `day`."""
        return self.cover.holds_on(day) and (self.revoked_from is None or day < self.revoked_from)


@dataclass(frozen=True, slots=True)
class Registered:
    """A person of the register with every cover, and whether a death document names the person."""

    person: Person
    covers: tuple[RegisteredCover, ...]
    death_reported: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """What a verified chip says of its holder; `expired_on` is the card's last day, once that is past.

    `zone_name` says that the name is out of the machine-readable zone.
    """

    national_id: str
    full_name: str
    birth_date: PartialDate
    expired_on: date | None = None
    zone_name: bool = False

    def names(self, full_name: str) -> bool:
        """Say whether the chip's name is this one."""
        if self.zone_name:
            return agrees_with_zone(self.full_name, full_name)
        return same_name(self.full_name, full_name)


@dataclass(frozen=True, slots=True)
class Told:
    """What another source than the register has decided, which shows nobody."""

    status: Status
    reason: Reason


@dataclass(frozen=True, slots=True)
class Known:
    """What the gateway found out by itself for one question.

    `numbers_differ` says that the question's numbers do not all lead to `registered`. `remarks` are
    warnings of the source, beside our own.
    """

    registered: Registered | None
    facility: FacilityFacts | None
    assurance: Assurance
    numbers_differ: bool = False
    proof: Proof | None = None
    history: tuple[EarlierVisit, ...] = ()
    copaid: Decimal | None = None
    training: bool = False
    told: Told | None = None
    remarks: tuple[Reason, ...] = ()


def answer(question: EligibilityQuestion, known: Known) -> EligibilityAnswer:
    """Return the insurer's answer.

    A chip proves its own number, so that a differing name or birth date of that number's person is
    only warned of; it proves nothing of anybody else. Without a chip name and birth date must match,
    as precisely as the register has them, or nothing is said of the person.
    """
    registered = known.registered
    if known.told is not None:
        return _refusal(question, known, known.told.status, known.told.reason)
    if known.numbers_differ or (registered and not _is_holder(registered.person, known.proof)):
        return _refusal(question, known, "unknown", failure_reason("eligibility.numbers-differ"))
    if registered is None:
        return _refusal(question, known, "not-covered", failure_reason("eligibility.person-unknown"))
    differences = _differences(question, known, registered.person)
    if differences and known.proof is None:
        return _refusal(question, known, "unknown", *differences)
    warnings = [*differences, *_card_warnings(known), *_warnings(question, registered), *known.remarks]
    on = question.service_date
    choices = [
        (registered_cover.cover, _estimate(registered_cover.cover, question, known.facility))
        for registered_cover in registered.covers
        if registered_cover.holds_on(on)
    ]
    if not choices:
        why = _why_not(registered.covers, on)
        return _decided(question, known, "not-covered", (why,), warnings=warnings, person=registered.person)
    cover, benefit = max(choices, key=_advantage)
    if benefit is None:
        warnings.append(failure_reason("eligibility.no-estimate"))
    return _decided(
        question,
        known,
        "covered",
        (_in_force(cover),),
        warnings=warnings,
        person=registered.person,
        cover=cover,
        benefit=benefit,
    )


def _estimate(
    cover: Coverage, question: EligibilityQuestion, facility: FacilityFacts | None
) -> BenefitEstimate | None:
    if facility is None:
        return None
    return estimate(cover, facility, Arriving(question.arrival, question.care_type, question.service_date))


def _advantage(choice: tuple[Coverage, BenefitEstimate | None]) -> tuple[Decimal, date]:
    """Order covers: the better rate, then the longer one."""
    cover, benefit = choice
    return (benefit.rate if benefit else Decimal(-1), cover.valid_to or date.max)


def _is_holder(person: Person, proof: Proof | None) -> bool:
    """Say whether the person is the chip's holder, where there is a chip."""
    return proof is None or person.national_id == proof.national_id


def _differences(question: EligibilityQuestion, known: Known, person: Person) -> list[Reason]:
    proof = known.proof
    name = proof.full_name if proof else question.full_name
    born = proof.birth_date if proof else question.birth_date
    if name is None or born is None:
        return [failure_reason("eligibility.identity-needed")]
    if proof is None and person.birth_date and _is_vaguer(born, person.birth_date):
        return [failure_reason("eligibility.identity-needed")]
    found = []
    if not (proof.names(person.full_name) if proof else same_name(name, person.full_name)):
        found.append(failure_reason("eligibility.name-mismatch"))
    if person.birth_date is None or not person.birth_date.agrees_with(born):
        found.append(failure_reason("eligibility.birth-date-mismatch"))
    return found


def _is_vaguer(one: PartialDate, other: PartialDate) -> bool:
    """Say whether one date lacks the month or the day that the other has; a time does not count."""
    return (one.month is None and other.month is not None) or (one.day is None and other.day is not None)


def _card_warnings(known: Known) -> list[Reason]:
    """Return what there is to say of the ID card itself, whoever's it is."""
    if known.proof is None or known.proof.expired_on is None:
        return []
    return [failure_reason("eligibility.card-expired", known.proof.expired_on)]


def _warnings(question: EligibilityQuestion, registered: Registered) -> list[Reason]:
    found = []
    if question.sex not in {None, "unknown", registered.person.sex}:
        found.append(failure_reason("eligibility.sex-mismatch"))
    if registered.death_reported:
        found.append(failure_reason("eligibility.death-reported"))
    return found


def _why_not(covers: Sequence[RegisteredCover], on: date) -> Reason:
    """Return the reason that is closest to being covered: revoked, then ended, then not yet begun."""
    revoked = [item.revoked_from for item in covers if item.cover.holds_on(on) and item.revoked_from]
    if revoked:
        return failure_reason("eligibility.revoked", max(revoked))
    ended = [item.cover.valid_to for item in covers if item.cover.valid_to and item.cover.valid_to < on]
    if ended:
        return failure_reason("eligibility.expired", max(ended))
    later = [item.cover.valid_from for item in covers if item.cover.valid_from > on]
    if later:
        return failure_reason("eligibility.not-yet", min(later))
    return failure_reason("eligibility.no-cover")


def _in_force(cover: Coverage) -> Reason:
    vi, en = "Thẻ BHYT còn giá trị sử dụng", "The cover is in force"
    if cover.valid_to:
        vi, en = f"{vi} đến ngày {cover.valid_to:%d/%m/%Y}", f"{en} until {cover.valid_to.isoformat()}"
    return Reason("cover.in-force", vi, en)


def failure_reason(code: str, day: date | None = None) -> Reason:
    """Take the words from the table of failures, with the day that decided behind them."""
    words = failure(code).message
    if day is None:
        return Reason(code, words.vi, words.en)
    return Reason(code, f"{words.vi} ({day:%d/%m/%Y})", f"{words.en} ({day.isoformat()})")


def _refusal(
    question: EligibilityQuestion, known: Known, status: Status, *reasons: Reason
) -> EligibilityAnswer:
    """Answer without a word about anybody."""
    return EligibilityAnswer(
        status=status,
        reasons=reasons,
        warnings=tuple(_card_warnings(known)),
        assurance=known.assurance,
        service_date=question.service_date,
        training=known.training,
    )


def _decided(
    question: EligibilityQuestion,
    known: Known,
    status: Status,
    reasons: tuple[Reason, ...],
    *,
    warnings: Sequence[Reason],
    person: Person,
    cover: Coverage | None = None,
    benefit: BenefitEstimate | None = None,
) -> EligibilityAnswer:
    return EligibilityAnswer(
        status=status,
        reasons=reasons,
        warnings=tuple(warnings),
        person=person,
        coverage=cover,
        benefit=benefit,
        earlier_visits=known.history if known.proof else (),
        copaid=known.copaid if known.proof else None,
        assurance=known.assurance,
        service_date=question.service_date,
        training=known.training,
    )
