"""How a command ends: an error in words with its remedy on stderr, and an exit status that a script can use.

0 done, 2 usage or the desk's own state, 3 card or reader, 4 network, 5 refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from cardreader.commands.exits import EXIT_CARD, EXIT_NOT_GENUINE, EXIT_USAGE, exit_status
from cardreader.errors import CardError
from clinics.errors import (
    BatchUnknown,
    ClinicError,
    DeskForbidden,
    DeskRefused,
    GatewayError,
    GatewayInsecure,
    RecordRefused,
)
from failures.terminal import show_failure

CARD, NETWORK, REFUSED, USAGE = EXIT_CARD, 4, EXIT_NOT_GENUINE, EXIT_USAGE


def exit_code(error: ClinicError | CardError) -> int:
    """Return the exit status that this error ends a command with."""
    if isinstance(error, CardError):
        return exit_status(error)
    if isinstance(error, RecordRefused | DeskRefused | DeskForbidden):
        return REFUSED
    if isinstance(error, GatewayInsecure | BatchUnknown):  # a setting, or what somebody typed
        return USAGE
    return NETWORK if isinstance(error, GatewayError) else USAGE


@contextmanager
def in_words() -> Iterator[None]:
    """Turn an error of the house into its words on stderr and its exit status."""
    try:
        yield
    except (ClinicError, CardError) as error:
        say(error.code, detail=str(error))
        raise SystemExit(exit_code(error)) from error


def say(code: str, *, detail: str = "") -> None:
    """Write what happened and what to do, in both languages, to stderr; `detail` names the thing."""
    console = terminal(err=True)
    show_failure(code, console)
    if detail:
        console.print(f"  ({detail})", style="dim", markup=False)


def terminal(*, err: bool = False) -> Console:
    """Return the terminal for words, which breaks no line of its own accord."""
    return Console(stderr=err, highlight=False, soft_wrap=True)
