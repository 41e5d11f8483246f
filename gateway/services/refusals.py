"""Refusals in the access log: what was refused is undone, that it was refused is not."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy.orm import Session

from gateway.errors import PresenceRefused, TooMany
from gateway.services import presence
from gateway.services.access_log import Actor


@contextmanager
def logged(
    begin: Callable[[], AbstractContextManager[Session]], actor: Actor, action: str, resource: str
) -> Iterator[None]:
    """Write a refused receipt or a reached limit into the log, and let it go on.

    To stand around the transaction that is undone by it: `begin` begins another.
    """
    try:
        yield
    except (PresenceRefused, TooMany) as refused:
        with begin() as session:
            presence.note_refusal(session, refused, action, resource, actor=actor)
        raise
