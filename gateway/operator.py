"""What the operator's commands share: the settings, the open database, and who gives the command."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from pydantic import ValidationError

from gateway.services import setup
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.timespan import VIETNAM


def _login() -> str:
    """Return who runs the command, by the number where the machine knows no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


OPERATOR = click.option(
    "--by", metavar="NAME", default=_login, help="Who does it, for the log; default: your login."
)


def read_settings() -> Settings:
    """Return the settings of this process.

    Raises UsageError: some cannot be used; they are named.
    """
    try:
        return Settings()
    except ValidationError as error:
        names = ", ".join(str(item["loc"][0]) for item in error.errors())
        raise click.UsageError(f"These settings cannot be used: {names}") from error


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Database]:
    """Yield the database.

    Raises SetupError: as `setup.open_current`, or the database refuses a statement.
    """
    database = setup.open_current(settings or read_settings())
    try:
        with setup.reaching():
            yield database
    finally:
        database.dispose()


def in_vietnam(moment: datetime) -> str:
    """Return a moment as it is shown to an operator: Vietnamese time, to the second."""
    return moment.astimezone(VIETNAM).isoformat(timespec="seconds")
