"""`tiepdon-card`: list readers, read a card, keep the trust list, and lay an emulated card down.

Data go to stdout, words to stderr. Exit status: 0 done, 2 usage, 3 card or
reader trouble, 5 a card or certificate is not accepted.
"""

import importlib
from typing import Any

import click

from cardreader.commands.exits import exit_status, stderr
from cardreader.errors import CardError, SeveralReaders, TrustRefused, TrustUnreadable
from cardreader.printable import printable
from failures.terminal import show_failure

# Each command lives in a module of its own, loaded when it is asked for: `read` has no use for the emulator.
_COMMANDS = {
    "emulate": "cardreader.emulator.cli",
    "read": "cardreader.commands.read",
    "readers": "cardreader.commands.readers",
    "trust": "cardreader.commands.trust",
    "verify": "cardreader.commands.verify",
    "watch": "cardreader.commands.watch",
}


class CardCommands(click.Group):
    """Shows a failure with its remedy, never a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command's name."""
        return sorted([*super().list_commands(ctx), *_COMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, which is named in its module as on the command line."""
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return super().get_command(ctx, cmd_name)
        found: click.Command = getattr(importlib.import_module(module), cmd_name)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; end with the exit status that belongs to its failure."""
        try:
            return super().invoke(ctx)
        except CardError as error:
            show_failure(error.code, stderr())
            if isinstance(error, (TrustRefused, TrustUnreadable)):
                named = f"Tệp · file: {error.file}" if error.file else str(error)
                click.echo(printable(f"  · {named}"), err=True)
            if isinstance(error, SeveralReaders):
                click.echo("\n".join(f"  · {name}" for name in error.readers), err=True)
            ctx.exit(exit_status(error))


@click.group(cls=CardCommands)
@click.version_option(package_name="tiepdon")
def main() -> None:
    """Read chip ID cards and prove them genuine."""
