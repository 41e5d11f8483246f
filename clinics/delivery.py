"""Empty the outbox: send what is due, in order, and decide what each answer means for the item.

A gateway that is away, busy or refuses this desk says nothing about an item: sending stops and the
item stays as it is. An item that alone makes the gateway fail waits for itself, longer every time,
and does not hold up the others; three in a row, and it is the gateway after all. An item that
cannot be read ends as refused, its payload kept: it must not hold up the others either.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinics.answers import Receipt
from clinics.errors import (
    DeskRefused,
    GatewayBusy,
    GatewayDown,
    GatewayError,
    ItemUnreadable,
    RecordRefused,
)
from clinics.gateway_client import Gateway
from clinics.outbox import Item, Outbox

FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(minutes=15)
FAILURES_IN_A_ROW = 3
POST = "post"

Sender = Callable[[Item], Receipt | None]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one round did; `stopped_by` is the code of what ended it early, None when all due was handled."""

    sent: int
    refused: int
    stopped_by: str | None
    retry_after: float | None = None


def deliver(
    outbox: Outbox,
    senders: Mapping[str, Sender],
    *,
    now: Callable[[], datetime],
    report: Callable[[str], None] = lambda _: None,
    only: str | None = None,
    wait_seconds: float = 0,
) -> Delivery:
    """Send every item that is due, or `only` one, and say how it went.

    `report` hears the id of each item that ended.

    `senders` has one for each kind of path: POST for a path that starts with "/", else the path.
    A sender returns the receipt, or None when it put another item in this one's place.

    Raises OutboxBusy: another process is sending, after `wait_seconds` still.
    """
    sent = refused = failures = 0
    with outbox.sending(wait_seconds=wait_seconds):
        while item_id := outbox.due(now(), only=only):
            attempts = 0
            try:
                item = outbox.item(item_id)
                if item is None:
                    continue  # a tap has put another in its place
                attempts = item.attempts
                receipt = _sender(senders, item)(item)
            except (RecordRefused, ItemUnreadable) as error:
                outbox.refuse(item_id, error.code)
                refused, failures = refused + 1, 0
            except (GatewayDown, GatewayBusy, DeskRefused) as error:
                return Delivery(sent, refused, error.code, error.retry_after)
            except GatewayError as error:
                outbox.postpone(item_id, error.code, until=now() + delay(attempts))
                failures += 1
                if failures >= FAILURES_IN_A_ROW:
                    return Delivery(sent, refused, error.code, error.retry_after)
                continue
            else:
                failures = 0
                if receipt is None:
                    continue
                outbox.finish(item, receipt)
                sent += 1
            report(item_id)
    return Delivery(sent, refused, None)


def _sender(senders: Mapping[str, Sender], item: Item) -> Sender:
    sender = senders.get(POST if item.path.startswith("/") else item.path)
    if sender is None:
        raise ItemUnreadable("this version knows no such kind of item")
    return sender


def post(gateway: Gateway) -> Sender:
    """Return the sender that posts an item's payload to its path."""
    return lambda item: gateway.store(item.path, item.payload, idempotency_key=item.id)


def delay(attempts: int) -> timedelta:
    """Return how long to wait after `attempts` failures: doubling, capped, spread by a quarter.

    The spread keeps a province's desks from coming back in the same second.
    """
    full = min(FIRST_DELAY * (1 << min(attempts, 16)), LONGEST_DELAY)
    return full * (1 - secrets.randbelow(250) / 1000)
