"""Feed every parser with what reaches new code in it: `make fuzz`, or one target at a time.

    python -m tests.fuzz.coverage_guided [TARGET...] [--seconds 60 | --runs 1000] [--seed 1] [--together]

Each target runs in a process of its own, because libFuzzer ends the process. `--together` puts all
of them into one, by the first byte of the input. Where atheris cannot be had, it says so and ends with 4.
"""

import re
import subprocess
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import click

UNAVAILABLE = 4
TOGETHER = "together"
NOT_HERE = "atheris is not installed: it is built for Linux on x86-64 only; the tests with hypothesis run"
MAX_INPUT_BYTES = 40_000
INSTRUMENTED = ["cardreader", "asn1crypto", "bhyt.national"]


@click.command()
@click.argument("names", nargs=-1, metavar="[TARGET]...")
@click.option("--seconds", default=60, help="For each target.")
@click.option("--runs", default=0, help="For each target, in place of a time.")
@click.option("--seed", default=1)
@click.option("--together", is_flag=True, help="Put all targets into one, by the input's first byte.")
@click.option("--growth", is_flag=True, help="Print how the time of each grows with its input as well.")
@click.option("--inside", type=click.Path(path_type=Path), hidden=True)
def main(
    *,
    names: tuple[str, ...],
    seconds: int,
    runs: int,
    seed: int,
    together: bool,
    growth: bool,
    inside: Path | None,
) -> None:
    """Fuzz the targets, one after the other; end with 1 if anything but an error of ours came out."""
    if find_spec("atheris") is None:
        click.echo(NOT_HERE)
        sys.exit(UNAVAILABLE)
    if inside is not None:
        limit = f"-runs={runs}" if runs else f"-max_total_time={seconds}"
        _fuzz(names[0], inside, [limit, f"-seed={seed}"])
    from tests.fuzz.growing import steepest  # noqa: PLC0415 -- the fuzzer instruments what it imports
    from tests.fuzz.targets import feed, targets  # noqa: PLC0415

    chosen = names or tuple(targets())
    options = ["--seconds", str(seconds), "--runs", str(runs), "--seed", str(seed)]
    well = [_passed(name, options) for name in ([TOGETHER] if together else chosen)]
    for name in chosen if growth else ():
        found = steepest(partial(feed, targets()[name]), targets()[name].seeds[0])
        click.echo(f"{name:16} twice the bytes take {found.ratio:3.1f} times as long at most: {found.where}")
    sys.exit(not all(well))


def _passed(name: str, options: list[str]) -> bool:
    """Fuzz one target in a process of its own; print what came of it, and say whether it is well."""
    with TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.coverage_guided", "--inside", folder, name, *options],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        inputs = [path.read_bytes().hex() for path in sorted(Path(folder).glob("found-*"))]
    executed = re.findall(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    click.echo(f"{name:16} {executed[-1] if executed else 'no':>9} executions")
    if done.returncode:
        click.echo("\n".join((done.stdout, done.stderr[-4000:], *inputs)))
    return done.returncode == 0


def _fuzz(name: str, folder: Path, options: list[str]) -> None:
    """Become the fuzzer; never comes back."""
    import atheris  # noqa: PLC0415 -- not on every platform

    with atheris.instrument_imports(include=INSTRUMENTED):
        from tests.fuzz import targets  # noqa: PLC0415 -- instrumented as it is imported
    chosen = targets.together() if name == TOGETHER else targets.targets()[name]
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(chosen.seeds):
        (corpus / str(number)).write_bytes(seed)
    limits = [f"-max_len={MAX_INPUT_BYTES}", "-timeout=5", "-rss_limit_mb=1024"]
    reports = [f"-artifact_prefix={folder}/found-", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, *limits, *reports, str(corpus)], partial(targets.feed, chosen))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
