"""The hospital's chapter: check, upload, a refused row with its remedy, a kill, the resume."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from demo.hospital import write_export
from demo.processes import DemoFailed, program
from demo.stage import Stage
from demo.telling import Teller

SAMPLE_FILES = Path(__file__).parents[1] / "tests" / "data" / "national"
SAMPLES = ("sample_envelope.xml", "sample_checkin_xml0.xml", "sample_death_notice_HSDLGBT.xml")
VISITS, WRONG = 600, 417
KILL_WITHIN_SECONDS = 20.0

Json = dict[str, Any]


def tell(stage: Stage, teller: Teller) -> None:
    """Tell the chapter. Raises DemoFailed: a step did not end as the story says."""
    files = [str(SAMPLE_FILES / name) for name in SAMPLES]
    for row in _rows(_batch(stage, "upload", *files)):
        if row["result"] != "stored":
            raise DemoFailed(f"a sample was not stored: {row}")
        teller.good(str(row["kind"]), f"{row['key']} → {row['location']}")
    export = write_export(stage.folder / "thang-10.xml", visits=VISITS, faults={WRONG})
    size = export.stat().st_size / 1e6
    teller.line("export", f"{export.name}: {VISITS} claims of 15 lines, {size:.0f} MB, one with a wrong sum")
    _check(stage, teller, export)
    _kill(stage, teller, export)
    _resume(stage, teller, export)


def _check(stage: Stage, teller: Teller, export: Path) -> None:
    began = time.monotonic()
    report = _batch(stage, "check", str(export), status=5)
    seconds = time.monotonic() - began
    refused = [row for row in _rows(report) if row["outcome"] == "refused"]
    if [row["number"] for row in refused] != [WRONG]:
        raise DemoFailed(f"the check refused {[row['number'] for row in refused]}, not {WRONG}")
    accepted = report["counts"]["accepted"]
    teller.good("check", f"{accepted} accepted, 1 refused, in {seconds:.1f} s and without a network")
    found = next(one for one in refused[0]["findings"] if one["severity"] == "error")
    place = f"{refused[0]['key']}, {found['table']}.{found['field']}"
    teller.line(
        "refused", f"✗ {place}: {found['value']}, must be {found['expected']} [{found['rule']}]", "red"
    )
    teller.line("", f"→ {found['message_vi']} {found['remedy_vi']}")
    teller.line("", f"  {found['message_en']} → {found['remedy_en']}", "dim")


def _kill(stage: Stage, teller: Teller, export: Path) -> None:
    """Kill the upload as soon as the gateway knows of it: a chunk or two may be there by then."""
    process = subprocess.Popen(  # noqa: S603 - our own program, no shell
        [program("tiepdon-clinic"), "batch", "upload", str(export)],
        env={**os.environ, **stage.clinic_env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + KILL_WITHIN_SECONDS
    batch: Json | None = None
    while process.poll() is None and time.monotonic() < deadline:
        batch = stage.insurer.newest_batch()
        if batch and batch["file_name"] == export.name:
            break
    process.kill()
    process.wait()
    batch = stage.insurer.newest_batch()
    if batch is None or batch["file_name"] != export.name:
        raise DemoFailed("the upload ended before it began")
    there = f"{_chunks(batch)} of {batch['chunks']} chunks ({batch['state']})"
    teller.line("killed", f"kill -9 in the middle; the gateway has {there}", "yellow")


def _chunks(batch: Json) -> int:
    """Return how many chunks of a batch the gateway has."""
    missing: list[list[int]] = batch["missing"]
    return int(batch["chunks"]) - sum(last - first + 1 for first, last in missing)


def _resume(stage: Stage, teller: Teller, export: Path) -> None:
    report = _batch(stage, "upload", str(export), status=5)
    counts = report["counts"]
    if counts.get("stored") != VISITS - 1 or counts.get("refused") != 1:
        raise DemoFailed(f"the resumed upload ended with {counts}")
    teller.good("resumed", f"the same command again: {counts['stored']} stored, 1 refused, nothing twice")
    again = _batch(stage, "upload", str(export), status=5)
    if _rows(again) != _rows(report):
        raise DemoFailed("the same file again has other receipts")
    teller.line("again", "once more: the same receipts, nothing was added")


def _batch(stage: Stage, command: str, *arguments: str, status: int = 0) -> Json:
    found: Json = json.loads(_call(stage, command, *arguments, "--json", status=status))
    return found


def _call(stage: Stage, *arguments: str, status: int = 0) -> str:
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        [program("tiepdon-clinic"), "batch", *arguments],
        env={**os.environ, **stage.clinic_env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != status:
        raise DemoFailed(f"batch {arguments[0]} ended with {done.returncode}:\n{done.stderr.strip()[-2000:]}")
    return done.stdout


def _rows(report: Json) -> list[Json]:
    return [row for file in report["files"] for row in file["rows"]]
