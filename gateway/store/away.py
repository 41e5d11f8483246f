"""Does the database not answer, or did it answer that it will not do what we ask?

Drivers raise one kind of error for both. Whoever waits for a database that is away must not wait for one
that refuses: it will refuse again.
"""

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

FAULTS = (DBAPIError, PoolTimeout)
"""What may say that the database does not answer; `is_away` tells it from what it refuses."""
_STATES = ("08", "40", "53", "57P")
"""PostgreSQL: connection, rolled back for another's sake, out of disk or memory or connections, shut down."""
_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_NOMEM")
_LIMIT = "54"
"""PostgreSQL: a program limit, such as the longest entry of an index."""


def is_away(error: BaseException) -> bool:
    """Return whether the same statement may be taken a while later.

    SQLSTATE classes as in PostgreSQL's appendix A; an OperationalError without one is the driver's own,
    about a connection that could not be made.
    """
    if not isinstance(error, DBAPIError):
        return isinstance(error, PoolTimeout)
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorname", "").startswith(_SQLITE)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError)
    return str(state).startswith(_STATES)


def breaks_a_limit(error: OperationalError) -> bool:
    """Return whether the values of this one statement are more than the database can hold."""
    return str(getattr(error.orig, "sqlstate", "")).startswith(_LIMIT)
