"""`tiepdon-clinic`: what runs at a clinic's desk and in a hospital's IT room."""

from importlib import import_module

import click
import stamina.instrumentation

_COMMANDS = {
    "pair": "clinics.commands.pair",
    "desk": "clinics.commands.desk",
    "tap": "clinics.commands.tap",
    "batch": "clinics.batch.commands",
    "record": "clinics.commands.record",
    "sign": "clinics.commands.sign",
    "doctor": "clinics.commands.doctor",
}


class Commands(click.Group):
    """Loads a command's module when it is asked for: an upload needs no web server, a desk no tables."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a newcomer needs them."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of this name, if there is one."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(import_module(_COMMANDS[cmd_name]), cmd_name)
        return command if isinstance(command, click.Command) else None


@click.group(cls=Commands)
@click.version_option(package_name="tiepdon")
def main() -> None:
    """Receive patients, and send the hospital's records to the insurer's gateway."""
    # Its default hooks write to stdout, which is for data.
    stamina.instrumentation.set_on_retry_hooks([])
