"""A hospital's file from end to end: checked and sent by the client, stored by the worker, receipts back.

`python -m tests.bench.batch [CLAIMS...]`: files of 1,000, 10,000 and 100,000 claims of 15 lines (a quarter
of an hour), or of the sizes asked for. Client, web server and worker are the real programs, on SQLite,
each upload on a gateway of its own. Printed are claims a second, where the seconds went by the
gateway's own times, the processor's seconds (which other programs disturb less than the clock's), and
the memory at the peak. A rate below 80 % of the smallest file's is marked BELOW. At last, with strace,
how long the disk takes to sync what is then acknowledged.
"""

import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from tests.chaos.house import House, lay
from tests.chaos.trace import calls, tracing

SIZES = (1_000, 10_000, 100_000)
LINES = 15
PER_CHUNK = 200
BOUND = 0.8
"""The least that a larger file's rate may be of the smallest one's: linear within 20 %."""
TRACED_CLAIMS = 1_000
LOOK_SECONDS = 0.05
ACKNOWLEDGES = re.compile(r"HTTP/1\.1 20[12]")


@dataclass(frozen=True)
class Measured:
    """One upload: seconds by the clock and the processor's, megabytes at the peak."""

    claims: int
    seconds: float
    stages: str
    cpu: dict[str, float]
    megabytes: dict[str, float]

    @property
    def rate(self) -> float:
        """Claims a second."""
        return self.claims / self.seconds

    @property
    def cpu_rate(self) -> float:
        """Claims a second of the processor, all programs together."""
        return self.claims / sum(self.cpu.values())


def main(sizes: Sequence[int] = SIZES) -> None:
    """Print two lines for each size, the growth, and the latency of the syncs."""
    out = sys.stdout.write
    out(f"batch upload from end to end, claims of {LINES} lines: check, send, store, receipts\n")
    first: Measured | None = None
    for claims in sizes:
        found = measure(claims)
        first = first or found
        out(f"{claims:>8} claims  {found.seconds:7.1f} s {found.rate:6.0f} claims/s   {found.stages}\n")
        cpu = ", ".join(f"{name} {seconds:.1f}" for name, seconds in found.cpu.items())
        memory = ", ".join(f"{name} {peak:.0f}" for name, peak in found.megabytes.items())
        out(f"{'':16}processor: {found.cpu_rate:.0f} claims/s ({cpu} s); MB at the peak: {memory}\n")
        if found is not first:
            growth, by_cpu = found.rate / first.rate, found.cpu_rate / first.cpu_rate
            mark = "  BELOW" if growth < BOUND else ""
            out(f"{'':16}{growth:.2f} of the first rate, {by_cpu:.2f} by processor (>= {BOUND}){mark}\n")
    if shutil.which("strace"):
        _print_syncs()
    out("\n")


def measure(claims: int) -> Measured:
    """Upload a file of that many claims to a new gateway."""
    with _laid(claims) as house:
        house.open()
        began, start = datetime.now(UTC), time.monotonic()
        house.client.start()
        peaks: dict[str, float] = {}
        cpu: dict[str, float] = {}
        while house.client.running:
            for one in house.programs:
                peaks[one.name] = _peak_mb(one.pid) or peaks.get(one.name, 0.0)
                cpu[one.name] = _cpu_seconds(one.pid) or cpu.get(one.name, 0.0)
            time.sleep(LOOK_SECONDS)
        seconds = time.monotonic() - start
        return Measured(claims, seconds, _stages(house, began), cpu, peaks)


@contextmanager
def _laid(claims: int) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="tiepdon-bench-") as folder:
        house = lay(Path(folder), records=claims, lines=LINES, per_chunk=PER_CHUNK)
        try:
            yield house
        finally:
            house.close()


def _stages(house: House, began: datetime) -> str:
    """Return how long each part took, by the moments that the gateway wrote down."""
    query = "SELECT created_at, committed_at, closed_at FROM batch"
    said = [
        datetime.fromisoformat(text).replace(tzinfo=UTC) for text in house.reader.execute(query).fetchone()
    ]
    moments = [began, *said, datetime.now(UTC)]
    spent = [(after - before).total_seconds() for before, after in pairwise(moments)]
    parts = zip(("check", "send", "store", "receipts"), spent, strict=True)
    return ", ".join(f"{name} {seconds:.1f}" for name, seconds in parts) + " s"


def _print_syncs() -> None:
    """Print how long the syncs take that come before the acknowledgements."""
    with _laid(TRACED_CLAIMS) as house:
        logs = {}
        for one in (house.server, house.worker):
            logs[one.name] = one.log.with_suffix(".trace")
            one.command = [*tracing(logs[one.name]), *one.command]
        house.open()
        house.upload()
        for name, log in logs.items():
            seen = list(calls(log))
            spent = [call.seconds * 1000 for call in seen if call.syncs]
            told = f"min {min(spent):.2f}, median {statistics.median(spent):.2f}, max {max(spent):.2f} ms"
            answers = sum(ACKNOWLEDGES.search(call.rest) is not None for call in seen)
            of = f"{len(spent)} times" + (f" for {answers} acknowledgements" if answers else "")
            sys.stdout.write(f"{'':16}fdatasync, {TRACED_CLAIMS} claims, {name}: {of}, {told}\n")


def _family(pid: int) -> Iterator[int]:
    """Yield a process and all that it started, as far as they live."""
    yield pid
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in file.read_text(encoding="ascii").split():
                yield from _family(int(child))


def _peak_mb(pid: int) -> float:
    """Return the most memory that the largest of a family held."""
    return max((_kilobytes(one) for one in _family(pid)), default=0) / 1000


def _kilobytes(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    _, found, rest = status.partition("VmHWM:")
    return int(rest.split()[0]) if found else 0


def _cpu_seconds(pid: int) -> float:
    """Return the processor's seconds that a family has used."""
    ticks = 0
    for one in _family(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
