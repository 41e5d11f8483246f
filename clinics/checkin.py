"""One tap, one answer: read the card, prove it, ask whether its holder is covered, store the check-in.

Fail closed. A card that is not proven, an answer that is not "covered", or no answer at all stores no
check-in; only when the gateway is away is the arrival kept, as unknown, to be verified later.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from bhyt.records.checkin import CheckIn
from bhyt.records.dates import VIETNAM
from bhyt.records.eligibility import Arrival, Clerk, EligibilityAnswer
from cardreader.access.keys import AccessKeys
from cardreader.errors import NotGenuine
from cardreader.printable import printable
from cardreader.proof.trust import TrustStore
from cardreader.reader_names import takes_extended
from cardreader.reading import CardReading, read_card
from cardreader.transport import Transport
from clinics.arrivals import CHECK_IN, VERIFY, Step, ask, pack, reason_of, senders
from clinics.challenger import DeskChallenger
from clinics.delivery import deliver
from clinics.errors import GatewayError, OutboxBusy, RecordRefused
from clinics.gateway_client import Gateway, Presence
from clinics.outbox import Outbox
from clinics.reception import UNNAMED, Reception, presentable, sex_of

Outcome = Literal["covered", "not-covered", "not-genuine", "unknown"]
Storage = Literal["stored", "already-stored", "waiting", "kept", "refused"]

SENDING_WAIT_SECONDS = 3.0
MOST_READINGS = 2
READER_LIMIT = 128
# The gateway's codes that speak of the card; its other refusals speak of our request.
_ABOUT_THE_CARD = ("proof.", "card.")
_DONE = ("stored", "already-stored")


def new_session() -> str:
    """Return a name for one clerk's time at the desk."""
    return secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """An arrival as the clerk decides it: who asks, how the patient came, MA_LK if the hospital gave one.

    `session` names the clerk's time at the desk to the gateway, and tells it nothing else.
    """

    clerk: Clerk
    arrival: Arrival = "regular"
    care_type: str = "01"
    visit_id: str | None = None
    service_code: str
    service_name: str
    session: str = field(default_factory=new_session)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInResult:
    """The one answer; `code` finds the reason and the remedy in `failures`, None when covered.

    `stored` says what became of the check-in: None when there is none to store.
    """

    outcome: Outcome
    code: str | None = None
    reading: CardReading | None = field(default=None, repr=False)
    answer: EligibilityAnswer | None = field(default=None, repr=False)
    check_in: CheckIn | None = field(default=None, repr=False)
    stored: Storage | None = None
    receipt: str | None = None
    storing_code: str | None = None
    training: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The parts that a check-in works with.

    Without a `dg13_legal_basis` DG13 stays here, for the clerk's screen.
    """

    facility: str
    trust: TrustStore
    gateway: Gateway
    outbox: Outbox
    now: Callable[[], datetime]
    report: Callable[[Step], None] = lambda _: None
    dg13_legal_basis: str | None = None


def check_in(
    transport: Transport,
    keys: AccessKeys,
    arriving: Arriving,
    *,
    desk: Desk,
    reader: str,
    expected_id: str | None = None,
) -> CheckInResult:
    """Return the answer for the card on the reader; a covered arrival is stored, or waits in the outbox.

    The gateway's challenge is fetched while the card is opened. Where it came too late for the card, or
    ended before the gateway had the card's answer, the card is read once more.

    Raises CardError: the card could not be read. OutboxError: the check-in could not be kept.
    """
    reader = _stated(reader)
    challenger = DeskChallenger(desk.gateway, reader=reader, session=arriving.session)
    readings = 0
    while True:
        readings += 1
        desk.report("reading")
        moment = desk.now()
        try:
            reading = read_card(
                transport,
                keys,
                trust=desk.trust,
                now=moment,
                expected_id=expected_id,
                challenger=challenger,
                extended=takes_extended(reader),
            )
        except NotGenuine as forged:
            return CheckInResult(outcome="not-genuine", code=forged.code)
        failed = reading.checks.failure()
        if failed:
            return CheckInResult(
                outcome="not-genuine", code=failed, reading=reading, training=reading.training
            )
        arrived = _reception(reading, arriving, desk=desk, moment=moment, reader=reader)
        try:
            presence, answer = ask(
                arrived, gateway=desk.gateway, challenge=challenger.answered(reading), report=desk.report
            )
        except GatewayError as error:
            if readings < MOST_READINGS and challenger.worth_reading_again(error):
                continue
            return _without_answer(error, arrived, reading, desk)
        return _with_answer(reading, arrived, answer, presence, desk=desk)


def _stated(reader: str) -> str:
    """Return a reader's name as it can be stated: 1 to 128 printable characters."""
    return printable(reader)[:READER_LIMIT] or UNNAMED


def _reception(
    reading: CardReading, arriving: Arriving, *, desk: Desk, moment: datetime, reader: str
) -> Reception:
    local = moment.astimezone(VIETNAM)
    # One person, one facility, one day: one visit, unless the hospital's system says otherwise.
    pseudonym = desk.outbox.pseudonym(f"visit {desk.facility} {reading.id_number} {local:%Y%m%d}")
    return Reception(
        national_id=reading.id_number,
        full_name=reading.full_name,
        birth_date=reading.birth_date,
        sex=sex_of(reading),
        evidence=presentable(reading.evidence, legal_basis=desk.dg13_legal_basis).to_json(),
        clerk_name=arriving.clerk.full_name,
        clerk_id=arriving.clerk.id_number,
        facility=desk.facility,
        arrived=local.isoformat(timespec="seconds"),
        arrival=arriving.arrival,
        care_type=arriving.care_type,
        visit_id=arriving.visit_id or f"TD{desk.facility}-{local:%Y%m%d}-{pseudonym[:10].upper()}",
        service_code=arriving.service_code,
        service_name=arriving.service_name,
        reader=reader,
        session=arriving.session,
        timing={f"{part}_ms": spent for part, spent in reading.timing.items()},
        legal_basis=desk.dg13_legal_basis,
    )


def _with_answer(
    reading: CardReading,
    arrived: Reception,
    answer: EligibilityAnswer,
    presence: Presence,
    *,
    desk: Desk,
) -> CheckInResult:
    result = CheckInResult(
        outcome=answer.status,
        code=None if answer.status == "covered" else reason_of(answer),
        reading=reading,
        answer=answer,
        training=reading.training or presence.training or answer.training,
    )
    if answer.status != "covered":
        return result
    desk.report("storing")
    return _store(result, arrived, answer, presence, desk=desk)


def _without_answer(
    error: GatewayError, arrived: Reception, reading: CardReading, desk: Desk
) -> CheckInResult:
    result = CheckInResult(outcome="unknown", code=error.code, reading=reading, training=reading.training)
    if isinstance(error, RecordRefused) and error.code.startswith(_ABOUT_THE_CARD):
        return replace(result, outcome="not-genuine")
    if not error.retry:
        return result
    known = desk.outbox.about(_subject(arrived))
    if known and known.standing.outcome in _DONE:
        return replace(result, stored="already-stored", receipt=known.standing.receipt)
    if known is None or known.standing.outcome == "refused":
        desk.outbox.add(arrived.to_bytes(), path=VERIFY, subject=_subject(arrived), now=desk.now())
    return replace(result, stored="kept")


def _store(
    result: CheckInResult,
    arrived: Reception,
    answer: EligibilityAnswer,
    presence: Presence,
    *,
    desk: Desk,
) -> CheckInResult:
    result = replace(result, check_in=arrived.check_in(answer))
    subject = _subject(arrived)
    known = desk.outbox.about(subject)
    if known and known.standing.outcome in _DONE:
        return replace(result, stored="already-stored", receipt=known.standing.receipt)
    payload = pack(arrived, answer, presence)
    if known and known.path == VERIFY and known.standing.outcome == "pending":
        item_id = desk.outbox.replace(known.id, payload, path=CHECK_IN, now=desk.now())
    elif known and known.standing.outcome == "pending":
        item_id = known.id
    else:
        item_id = desk.outbox.add(payload, path=CHECK_IN, subject=subject, now=desk.now())
    return _send(result, item_id, desk)


def _send(result: CheckInResult, item_id: str, desk: Desk) -> CheckInResult:
    try:
        delivery = deliver(
            desk.outbox,
            senders(desk.outbox, desk.gateway, now=desk.now),
            now=desk.now,
            only=item_id,
            wait_seconds=SENDING_WAIT_SECONDS,
        )
    except OutboxBusy as busy:
        return replace(result, stored="waiting", storing_code=busy.code)
    standing = desk.outbox.standing(item_id)
    stored: Storage = "waiting" if standing.outcome == "pending" else standing.outcome
    return replace(
        result, stored=stored, receipt=standing.receipt, storing_code=standing.code or delivery.stopped_by
    )


def _subject(arrived: Reception) -> str:
    """Return which visit of whom this is: a hospital's key that was typed for another person is not his."""
    return f"visit {arrived.facility} {arrived.visit_id} of {arrived.national_id}"
