"""Emptying the outbox: what each answer of the gateway means for the item, and for those behind it."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from clinics.answers import Receipt
from clinics.arrivals import CHECK_IN, VERIFY, senders
from clinics.delivery import LONGEST_DELAY, Delivery, delay, deliver
from clinics.errors import (
    DeskForbidden,
    DeskRefused,
    GatewayBusy,
    GatewayDown,
    GatewayError,
    GatewayFailed,
    GatewayNonsense,
    GatewaySlow,
    RecordConflict,
    RecordRefused,
)
from clinics.gateway_client import Gateway
from clinics.outbox import FILE, Item, Outbox, Standing

NOW = datetime(2026, 9, 14, 1, 5, tzinfo=UTC)


def _fill(outbox: Outbox, count: int) -> list[str]:
    return [
        outbox.add(f"thing {n}".encode(), path="thing", subject=f"thing {n}", now=NOW) for n in range(count)
    ]


def _round(outbox: Outbox, send: Callable[[Item], Receipt | None]) -> Delivery:
    return deliver(outbox, {"thing": send}, now=lambda: NOW)


def _taken(item: Item) -> Receipt:
    return Receipt(f"Thing/{item.payload.decode().replace(' ', '-')}/_history/1", new=True)


def test_everything_due_is_sent_in_order(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def send(item: Item) -> Receipt:
        seen.append(item.payload)
        return _taken(item)

    with Outbox.open(tmp_path) as outbox:
        _fill(outbox, 3)
        assert _round(outbox, send) == Delivery(sent=3, refused=0, stopped_by=None)
    assert seen == [b"thing 0", b"thing 1", b"thing 2"]


@pytest.mark.parametrize("error", [RecordRefused, RecordConflict])
def test_a_refused_record_does_not_hold_up_the_others(tmp_path: Path, error: type[GatewayError]) -> None:
    def send(item: Item) -> Receipt:
        if item.payload == b"thing 0":
            raise error("no")
        return _taken(item)

    with Outbox.open(tmp_path) as outbox:
        first, second = _fill(outbox, 2)
        assert _round(outbox, send) == Delivery(sent=1, refused=1, stopped_by=None)
        assert outbox.standing(first).code == error.code
        assert outbox.standing(second).outcome == "stored"


@pytest.mark.parametrize("error", [GatewayDown, GatewayBusy, DeskRefused])
def test_a_gateway_that_is_away_stops_the_round_and_changes_no_item(
    tmp_path: Path, error: type[GatewayError]
) -> None:
    def send(_item: Item) -> Receipt:
        raise error("away", retry_after=7)

    with Outbox.open(tmp_path) as outbox:
        _fill(outbox, 2)
        assert _round(outbox, send) == Delivery(0, 0, stopped_by=error.code, retry_after=7)
        assert outbox.counts() == {"pending": 2, "sent": 0, "refused": 0}
        assert _round(outbox, _taken).sent == 2


@pytest.mark.parametrize("error", [GatewayFailed, GatewaySlow, GatewayNonsense, DeskForbidden])
def test_an_item_that_makes_the_gateway_fail_waits_alone(tmp_path: Path, error: type[GatewayError]) -> None:
    def send(item: Item) -> Receipt:
        if item.payload == b"thing 0":
            raise error("fault")
        return _taken(item)

    with Outbox.open(tmp_path) as outbox:
        first, _second = _fill(outbox, 2)
        assert _round(outbox, send) == Delivery(sent=1, refused=0, stopped_by=None)
        assert outbox.standing(first).outcome == "pending"
        assert outbox.standing(first).code == error.code


def test_an_item_whose_path_was_changed_on_the_disk_ends_as_refused_with_its_payload_kept(
    tmp_path: Path,
) -> None:
    with Outbox.open(tmp_path) as outbox:
        first, second = _fill(outbox, 2)
        with sqlite3.connect(tmp_path / FILE) as database:
            database.execute("UPDATE item SET path = 'elsewhere' WHERE id = ?", (first,))
        assert _round(outbox, _taken) == Delivery(sent=1, refused=1, stopped_by=None)
        assert outbox.standing(first) == Standing("refused", None, "outbox.item-unreadable")
        assert outbox.standing(second).outcome == "stored"
    with sqlite3.connect(tmp_path / FILE) as database:
        assert database.execute("SELECT payload IS NOT NULL FROM item WHERE id = ?", (first,)).fetchone() == (
            1,
        )


def test_an_item_of_a_kind_that_nobody_knows_ends_as_refused(tmp_path: Path) -> None:
    with Outbox.open(tmp_path) as outbox:
        item_id = outbox.add(b"nothing", path="nothing", subject="nothing 1", now=NOW)
        assert _round(outbox, _taken).refused == 1
        assert outbox.standing(item_id).code == "outbox.item-unreadable"


@pytest.mark.parametrize("kind", [VERIFY, CHECK_IN])
def test_a_kept_arrival_that_cannot_be_read_does_not_hold_up_the_others(tmp_path: Path, kind: str) -> None:
    with Outbox.open(tmp_path) as outbox:
        broken = outbox.add(b"{", path=kind, subject="visit 1", now=NOW)
        (thing,) = _fill(outbox, 1)
        nobody = cast("Gateway", None)  # no arrival gets as far as asking it
        every_kind = {**senders(outbox, nobody, now=lambda: NOW), "thing": _taken}
        assert deliver(outbox, every_kind, now=lambda: NOW) == Delivery(sent=1, refused=1, stopped_by=None)
        assert outbox.standing(broken).code == "outbox.item-unreadable"
        assert outbox.standing(thing).outcome == "stored"


def test_three_failures_in_a_row_are_the_gateways(tmp_path: Path) -> None:
    def send(_item: Item) -> Receipt:
        raise GatewayFailed("fault")

    with Outbox.open(tmp_path) as outbox:
        _fill(outbox, 5)
        assert _round(outbox, send).stopped_by == "gateway.failed"
        assert outbox.counts()["pending"] == 5


def test_the_delay_doubles_up_to_its_cap_and_is_spread() -> None:
    for attempts, full in ((0, 5), (1, 10), (3, 40), (99, LONGEST_DELAY.total_seconds())):
        delays = {delay(attempts) for _ in range(50)}
        assert max(delays) <= timedelta(seconds=full)
        assert min(delays) > timedelta(seconds=full * 0.74)
        assert len(delays) > 1
