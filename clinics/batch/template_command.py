"""`tiepdon-clinic batch template`: a sheet to fill with births, deaths or check-ins."""

from pathlib import Path
from typing import cast

import click

from clinics.batch.sources.sheets.columns import SHEET_KINDS, SheetKind
from clinics.batch.sources.sheets.templates import write_template
from clinics.exits import in_words


@click.command()
@click.argument("kind", type=click.Choice(SHEET_KINDS))
@click.option(
    "--out",
    metavar="FILE.xlsx|FILE.csv",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; default: KIND.xlsx in this folder. CSV holds the header only.",
)
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def template(kind: str, out: Path | None, *, force: bool) -> None:
    """Write an empty sheet of KIND with its instructions and lists, and print its name."""
    out = out or Path(f"{kind}.xlsx")
    if out.suffix.lower() not in {".xlsx", ".csv"}:
        raise click.BadParameter(
            "đuôi tệp phải là .xlsx hoặc .csv / must end in .xlsx or .csv", param_hint="--out"
        )
    with in_words():
        write_template(cast("SheetKind", kind), out, force=force)
    click.echo(out)
