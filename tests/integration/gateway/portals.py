"""A gateway of tests that forwards to the double of the portal: its account, its sender, its queue."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from gateway.services import portal_accounts
from gateway.services.forwarding_content import Content
from gateway.services.forwarding_sender import Sender
from gateway.services.portal_accounts import NewAccount
from gateway.store.database import GATEWAY
from gateway.store.tables_portal import PortalSending
from gateway.upstream.client import Portal
from tests.integration.gateway.world import HERE, World
from tests.integration.upstream.double_served import Double

PASSWORD = "huan-luyen"


def set_account(world: World, url: str, *, facility: str = HERE, **changes: Any) -> None:
    """Give a facility the account that the double knows; it forwards from now on."""
    said = {"username": "33999_BV", "password": PASSWORD, "base_url": url, "per_minute": 600} | changes
    with world.database.begin(GATEWAY) as session:
        account = NewAccount(facility=facility, **said)
        portal_accounts.put(session, account, secret=secret(world), by="test", now=world.clock())


def secret(world: World) -> bytes:
    found: bytes = world.app.extensions["gateway"].keys.secret
    return found


@contextmanager
def sender(world: World) -> Iterator[Sender]:
    """A sender whose clock is the world's: what it waits for its turn has passed at once."""

    def wait(seconds: float) -> None:
        world.clock.now += timedelta(seconds=seconds)

    pace = portal_accounts.pacer(world.database, now=world.clock, sleep=wait)
    with Portal(now=world.clock, pace=pace) as portal:
        yield Sender(world.database, portal, secret(world), world.clock)


def send_all(world: World) -> list[str]:
    """Send what is due, and return the states in which it ended."""
    states = []
    with sender(world) as sending:
        while True:
            taken = sending.take()
            if taken is None:
                turn = sending.next_turn()
                if turn is None or turn <= world.clock():
                    return states
                world.clock.now = turn
                continue
            content = sending.read(taken)
            outcome = sending.send(taken, content) if isinstance(content, Content) else content
            sending.settle(taken, outcome)
            states.append(outcome.state)


def queue(world: World) -> list[PortalSending]:
    """Everything that was queued, by key and version."""
    order = (PortalSending.business_key, PortalSending.version)
    with world.database.begin(GATEWAY) as session:
        return list(session.scalars(select(PortalSending).order_by(*order)))


def received(double: Double) -> list[str]:
    """The digests of what the double was sent, in its order."""
    return [one["sha256"] for one in double.world.received]
