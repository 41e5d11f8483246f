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
from clinics.outbox import Item, Outbox

FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(minutes=15)
FAILURES_IN_A_ROW = 3

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
    only: str | None = None,
    wait_seconds: float = 0,
) -> Delivery:
    """Send every item that is due, or `only` one, and say how it went.

    `senders` are by the item's path. A sender returns the receipt, or None when it put another item in
    this one's place.

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
            else:
                failures = 0
                if receipt is not None:
                    outbox.finish(item, receipt)
                    sent += 1
    return Delivery(sent, refused, None)


def _sender(senders: Mapping[str, Sender], item: Item) -> Sender:
    sender = senders.get(item.path)
    if sender is None:
        raise ItemUnreadable("this version knows no such kind of item")
    return sender


def delay(attempts: int) -> timedelta:
    """Return how long to wait after `attempts` failures: doubling, capped, spread by a quarter.

    The spread keeps a province's desks from coming back in the same second.
    """
    full = min(FIRST_DELAY * (1 << min(attempts, 16)), LONGEST_DELAY)
    return full * (1 - secrets.randbelow(250) / 1000)
