"""Arrivals on their way to the gateway: ask whether the holder is covered, store the check-in, or wait.

Two kinds of outbox items know the whole arrival. "verify": nobody answered yet. "check-in": covered,
to be stored; should its presence receipt have ended while it waited, it is verified anew.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from bhyt.r4 import eligibility as eligibility_fhir
from bhyt.records.eligibility import EligibilityAnswer
from clinics.answers import Receipt
from clinics.delivery import Sender
from clinics.errors import ItemUnreadable, RecordRefused
from clinics.gateway_client import Gateway, Presence
from clinics.outbox import Item, Outbox
from clinics.reception import Reception, encounter
from failures import all_failures

Step = Literal["reading", "proving", "asking", "storing"]

VERIFY = "verify"
CHECK_IN = "check-in"
ENCOUNTERS = "/fhir/Encounter"
_RECEIPT_ENDED = frozenset({"presence.receipt-expired", "presence.receipt-invalid"})


def ask(
    arrived: Reception,
    *,
    gateway: Gateway,
    challenge: str | None = None,
    report: Callable[[Step], None] = lambda _: None,
) -> tuple[Presence, EligibilityAnswer]:
    """Have the gateway verify the chip's evidence, then ask it whether the holder is covered.

    Without the id of a `challenge` that the chip answered, the gateway takes it for read, not for proven.

    Raises GatewayError: there is no answer; RecordRefused about the card when the evidence is not genuine.
    """
    report("proving")
    presence = gateway.presence(arrived.statement(challenge))
    report("asking")
    request = eligibility_fhir.request_to_fhir(arrived.question(presence.receipt))
    return presence, arrived.answer(gateway.eligibility(request))


def reason_of(answer: EligibilityAnswer) -> str:
    """Return the first reason that the table of failures knows; without one it is not what was agreed."""
    return next((why.code for why in answer.reasons if why.code in all_failures()), "gateway.nonsense")


def pack(arrived: Reception, answer: EligibilityAnswer, presence: Presence) -> bytes:
    """Return the payload of a "check-in" item: the Encounter to store and the arrival that it came from."""
    body = encounter(arrived.check_in(answer), presence_receipt=presence.receipt)
    return json.dumps([arrived.to_bytes().decode(), body.decode()], ensure_ascii=False).encode()


def unpack(payload: bytes) -> tuple[Reception, bytes]:
    """Return what `pack` put together.

    Raises ItemUnreadable: it is something else.
    """
    try:
        arrived, body = json.loads(payload)
        return Reception.from_bytes(arrived.encode()), body.encode()
    except (ValueError, TypeError, AttributeError, RecursionError) as fault:
        raise ItemUnreadable("a waiting check-in cannot be read") from fault


def senders(outbox: Outbox, gateway: Gateway, *, now: Callable[[], datetime]) -> Mapping[str, Sender]:
    """Return the senders for every kind of item that a clinic's outbox holds."""

    def store(item: Item) -> Receipt | None:
        arrived, body = unpack(item.payload)
        try:
            return gateway.store(ENCOUNTERS, body, idempotency_key=item.id)
        except RecordRefused as refused:
            if refused.code not in _RECEIPT_ENDED:
                raise
            outbox.replace(item.id, arrived.to_bytes(), path=VERIFY, now=now())
            return None

    def verify(item: Item) -> None:
        # Not covered or not genuine ends the item as refused; any other error leaves it waiting.
        arrived = Reception.from_bytes(item.payload)
        presence, answer = ask(arrived, gateway=gateway)
        if answer.status != "covered":
            raise RecordRefused("the holder is not known to be covered", code=reason_of(answer))
        outbox.replace(item.id, pack(arrived, answer, presence), path=CHECK_IN, now=now())

    return {CHECK_IN: store, VERIFY: verify}
