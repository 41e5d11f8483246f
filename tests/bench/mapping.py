"""A claim of 30 lines to FHIR and back: `python -m tests.bench.mapping`.

The measure is the bare parse of the claim's inner files with lxml, which nobody can do without:
how many times as long each step takes. Ratios matter, not the microseconds of this machine.
"""

import sys
import timeit
from collections.abc import Callable
from dataclasses import replace

from lxml import etree

from bhyt.national import read_file
from bhyt.parsing import parse
from bhyt.r4 import wire
from bhyt.r4.bundle import element_of, resource_of
from bhyt.r4.rows import record_of_resource, rows_of_resource
from bhyt.records.visit import Visit
from tests.unit.bhyt.samples import ENVELOPE, inner_files

LINES = 30


def claim() -> tuple[Visit, list[bytes]]:
    """Return a claim of 30 lines and inner files as long as those of one."""
    visit = next(record for record in read_file(ENVELOPE).records if isinstance(record, Visit))
    times = LINES // len(visit.lines)
    files = inner_files()
    texts = [files["XML1"], *(files[table] for table in ("XML2", "XML3") for _ in range(times))]
    return replace(visit, lines=visit.lines * times), [text.encode() for text in texts]


def main() -> None:
    """Print the times and the ratios."""
    visit, texts = claim()
    resource = element_of(visit)
    data = wire.write(resource)
    bare = _microseconds(lambda: [etree.fromstring(text) for text in texts], 100)
    out = sys.stdout.write
    out(f"claim of {LINES} lines: {sum(map(len, texts))} bytes of XML, {len(data)} bytes of FHIR\n")
    out(f"{'bare parse of the inner files':<34}{bare:>8.0f} µs\n")
    steps: list[tuple[str, Callable[[], object], int]] = [
        ("element_of(record)", lambda: element_of(visit), 100),
        ("wire.write(element)", lambda: wire.write(resource), 100),
        ("parse(bytes)", lambda: parse(data), 30),
        ("rows_of_resource(resource)", lambda: rows_of_resource(resource), 100),
        ("record_of_resource(resource)", lambda: record_of_resource(resource), 30),
        ("resource_of(record), R4B checks", lambda: resource_of(visit), 5),
    ]
    for name, step, count in steps:
        time = _microseconds(step, count)
        out(f"{name:<34}{time:>8.0f} µs   {time / bare:6.1f} times the bare parse\n")


def _microseconds(step: Callable[[], object], times: int) -> float:
    return min(timeit.repeat(step, number=times, repeat=7)) / times * 1e6


if __name__ == "__main__":
    main()
