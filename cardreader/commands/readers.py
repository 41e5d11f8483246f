"""`tiepdon-card readers`: what is attached."""

import json

import click

from cardreader import pcsc
from cardreader.commands.exits import stderr
from failures.terminal import show_failure


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def readers(as_json: bool) -> None:
    """List the attached card readers."""
    found = pcsc.list_readers()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for name in found:
        click.echo(name)
    if not found:
        show_failure("reader.none", stderr())
