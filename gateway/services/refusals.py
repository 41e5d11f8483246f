"""Refusals in the access log: what was refused is undone, that it was refused is not."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from bhyt.errors import RecordsError
from gateway.errors import GatewayError, PresenceRefused, TooMany
from gateway.services import presence
from gateway.services.access_log import Actor, note

OF_PRESENCE = (PresenceRefused, TooMany)


@contextmanager
def logged(
    begin: Callable[[], AbstractContextManager[Session]],
    actor: Actor,
    action: str,
    resource: str,
    *,
    kinds: tuple[type[GatewayError], ...] = OF_PRESENCE,
) -> Iterator[None]:
    """Write a refusal of one of these kinds into the log, or (as `failed`) a fault that nobody foresaw.

    Either goes on. To stand around the transaction that is undone by it: `begin` begins another.
    """
    try:
        yield
    except kinds as refused:
        with begin() as session:
            presence.note_refusal(session, refused, action, resource, actor=actor)
        raise
    except (GatewayError, RecordsError, OperationalError, PoolTimeout):
        raise  # not one to be logged; or no database, no log
    except Exception:
        with begin() as session:
            note(session, actor, action, resource, outcome="failed")
        raise
