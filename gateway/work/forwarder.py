"""Threads that send the queue to the national portal, inside a worker or alone (`portal send`)."""

import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import structlog

from gateway.services import portal_accounts
from gateway.services.forwarding_content import Content
from gateway.services.forwarding_sender import Sender
from gateway.services.runtime import utcnow
from gateway.services.sendings import Outcome, Taken
from gateway.store.away import FAULTS, is_away
from gateway.store.database import Database
from gateway.store.tables_portal import State
from gateway.upstream.client import Portal
from gateway.upstream.errors import PortalSilent

SENDERS = 2
"""Files that one process has under way; the accounts' own rates hold over all of them together."""
IDLE_SECONDS = 5.0
"""How long a sender waits where nothing is due."""
SHORTEST_SECONDS = 0.1
"""The pause where an account may be used but another sender has the file."""
AWAY_SECONDS = 5.0
STOP_SECONDS = 60.0
"""How long a sender that is to stop is waited for: a token and an answer; a huge file may stay in doubt."""
LONGEST_TURN = timedelta(minutes=1)
"""How long `send_due` waits for an account's turn: at one request a minute, until the next."""

Result = TypeVar("Result")
_log = structlog.get_logger("gateway")


@contextmanager
def sender_of(database: Database, *, secret: bytes, egress: str | None) -> Iterator[Sender]:
    """Yield what sends, with a connection to the portal of its own."""
    pace = portal_accounts.pacer(database, now=utcnow, sleep=time.sleep)
    with Portal(now=utcnow, pace=pace, egress=egress) as portal:
        yield Sender(database, portal, secret, utcnow)


@contextmanager
def forwarding(sender: Sender, stop: threading.Event) -> Iterator[Callable[[], bool]]:
    """Send in the background until `stop` is set; what is under way then may end.

    What is yielded says whether all senders still live: one that ended by a fault of ours is to end the
    process, so that whoever started it sees.
    """
    threads = [
        threading.Thread(target=_keep_sending, args=(sender, stop), name=f"forwarder-{number}", daemon=True)
        for number in range(1, SENDERS + 1)
    ]
    for thread in threads:
        thread.start()
    try:
        yield lambda: all(thread.is_alive() for thread in threads)
    finally:
        stop.set()
        for thread in threads:
            thread.join(STOP_SECONDS)


def send_due(sender: Sender) -> Counter[State]:
    """Send everything that is due now, one after the other; return how many ended in which state."""
    ended: Counter[State] = Counter()
    never = threading.Event()
    sender.give_up()
    while True:
        if state := _send_one(sender, never):
            ended[state] += 1
            continue
        turn = sender.next_turn()
        wait = turn - sender.now() if turn else timedelta(0)
        if not timedelta(0) < wait <= LONGEST_TURN:
            return ended
        time.sleep(wait.total_seconds())


def _keep_sending(sender: Sender, stop: threading.Event) -> None:
    while not stop.is_set():
        _when_there(sender.give_up, stop)
        while not stop.is_set() and _send_one(sender, stop):
            pass
        turn = _when_there(sender.next_turn, stop)
        wait = (turn - sender.now()).total_seconds() if turn else IDLE_SECONDS
        stop.wait(min(max(wait, SHORTEST_SECONDS), IDLE_SECONDS))


def _send_one(sender: Sender, stop: threading.Event) -> State | None:
    """Send the next file; return what became of it, None if there was none.

    A fault that nobody foresaw leaves it in doubt: it may have gone out, and is not sent again by itself.
    """
    taken = _when_there(sender.take, stop)
    if taken is None:
        return None
    try:
        return _send(sender, taken, stop)
    except Exception as fault:  # noqa: BLE001 - one file must not end the sending of all that follow
        last = traceback.extract_tb(fault.__traceback__)[-1]
        place = f"{type(fault).__name__} at {last.filename}:{last.lineno}"  # its words may be somebody's data
        _log.error("file in doubt", sending=str(taken.row.id), fault=place)
    doubt = Outcome(state="unknown", code=PortalSilent.reason)
    _when_there(lambda: sender.settle(taken, doubt), stop)
    return doubt.state


def _send(sender: Sender, taken: Taken, stop: threading.Event) -> State | None:
    content = _when_there(lambda: sender.read(taken), stop)
    if content is None:
        return None  # told to stop while the database was away: given up for unknown later, and not sent
    outcome = sender.send(taken, content) if isinstance(content, Content) else content
    _when_there(lambda: sender.settle(taken, outcome), stop)
    return outcome.state


def _when_there(work: Callable[[], Result], stop: threading.Event) -> Result | None:
    """Do something as soon as the database answers; None if it does not before the end."""
    while True:
        try:
            return work()
        except FAULTS as error:
            if not is_away(error):
                raise
            _log.warning("database unavailable", cause=type(error).__name__)
            if stop.wait(AWAY_SECONDS):
                return None
