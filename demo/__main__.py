"""`python -m demo`: set the stage, tell the story, and on a terminal keep the house open until Ctrl-C."""

import signal
import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console

from demo import world
from demo.hospital import write_export
from demo.house import stay_open
from demo.processes import DemoFailed
from demo.stage import set_stage, today
from demo.story import tell
from demo.telling import Teller

_TITLE = "Tiếp Đón · one tap, one answer   (tập huấn: mọi dữ liệu là giả · training: all is invented)"

EXPORTED_VISITS, WRONG_VISIT = 20, 7
"""How many claims the export of `--world-only` has, and the one whose total is wrong."""


@click.command()
@click.option(
    "--members", default=world.DEFAULT_MEMBERS, show_default=True, help="How many people to invent."
)
@click.option("--seed", default=world.DEFAULT_SEED, show_default=True, help="Which people to invent.")
@click.option("--keep-open/--end", default=None, help="Keep gateway and desk open; default: on a terminal.")
@click.option(
    "--world-only",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Only write the province's CSV files and a hospital's export to DIR.",
)
def main(*, members: int, seed: int, keep_open: bool | None, world_only: Path | None) -> None:
    """Run the main job of Tiếp Đón on invented people and a virtual card."""
    if world_only:
        world.write(world_only, members, seed=seed, today=today())
        write_export(world_only / "thang-10.xml", visits=EXPORTED_VISITS, seed=seed, faults={WRONG_VISIT})
        click.echo("\n".join(map(str, sorted(world_only.iterdir()))))
        return
    # Being told to end is an ordinary end: whatever was started ends with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    teller = Teller(Console(highlight=False))
    teller.title(_TITLE)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="tiepdon-demo-") as folder,
            set_stage(Path(folder), members=members, seed=seed) as stage,
        ):
            tell(stage, teller)
            if keep_open or (keep_open is None and sys.stdin.isatty()):
                stay_open(stage, teller)
    except DemoFailed as failed:
        click.echo(f"demo: {failed}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo()


if __name__ == "__main__":
    main()
