"""How a command ends: a refusal in words with its remedy on stderr, and an exit status for scripts.

0 done, 2 usage or a setting that cannot be used, 4 network, 5 refused.
"""

import os
import sys
from typing import Any

import click

from failures import failure
from gateway.errors import DatabaseUnreachable, GatewayError, SettingUnusable

USAGE, NETWORK, REFUSED = 2, 4, 5


class Commands(click.Group):
    """The commands; what the gateway refuses becomes words on stderr and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; end with the exit status that belongs to its refusal."""
        try:
            return super().invoke(ctx)
        except GatewayError as error:
            _show(error)
            ctx.exit(exit_code(error))


def exit_code(error: GatewayError) -> int:
    """Return the exit status that this refusal ends a command with."""
    if isinstance(error, SettingUnusable):
        return USAGE
    return NETWORK if isinstance(error, DatabaseUnreachable) else REFUSED


def put(line: object) -> None:
    """Write a line of the result to stdout.

    Raises SettingUnusable: it cannot be written. A closed pipe is left to click, which ends quietly.
    """
    try:
        click.echo(line)
    except BrokenPipeError:
        raise
    except OSError as error:
        # What stdout still holds would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SettingUnusable("setup.output", error.strerror or "stdout") from error


def say(vietnamese: str, english: str) -> None:
    """Write one sentence in both languages to stderr."""
    click.echo(vietnamese, err=True)
    click.echo(english, err=True)


def _show(error: GatewayError) -> None:
    words = failure(error.code)
    say(
        f"{words.message.vi} {words.remedy.vi}",
        f"{words.message.en} {words.remedy.en} ({error.code}: {error.detail})",
    )
    for issue in error.issues:
        click.echo(f"  {issue.where}: {issue.text}", err=True)
