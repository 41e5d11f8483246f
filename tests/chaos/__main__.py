"""`make chaos KILLS=1000 RECORDS=5000`: the siege at its full size, on SQLite and then on PostgreSQL."""

import argparse
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from tests import postgres
from tests.chaos.house import lay
from tests.chaos.ledger import assert_each_stored_once
from tests.chaos.siege import LINES, Plan, Siege

DATABASES = ("sqlite", "postgresql")


def main() -> None:
    """Besiege an upload on each database and print the figures; what is lost or doubled ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--records", type=int, default=5000)
    parser.add_argument("--per-chunk", type=int, default=20)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--database", choices=DATABASES, action="append")
    said = parser.parse_args()
    plan = Plan(said.records, said.kills, said.per_chunk, said.seed)
    for database in said.database or DATABASES:
        besiege(plan, database)


def besiege(plan: Plan, database: str) -> None:
    """Upload, kill, compare; print who was killed how often and how long it took."""
    out = sys.stdout.write
    with (
        tempfile.TemporaryDirectory(prefix="tiepdon-chaos-") as folder,
        postgres.cluster() if database == "postgresql" else nullcontext() as cluster,
    ):
        sizes = {"records": plan.records, "per_chunk": plan.per_chunk}
        house = lay(Path(folder), lines=LINES, cluster=cluster, **sizes)
        siege = Siege(plan, house)
        try:
            siege.run(report=_progress)
            began = time.monotonic()
            house.open()
            first, again = house.upload(), house.upload()
        finally:
            house.close()
        assert_each_stored_once(house.database_url, house.export, records=plan.records, chunks=plan.chunks)
        if first != again:
            raise AssertionError("a further upload answered other receipts")
    killed = ", ".join(f"{one.name} {one.kills}" for one in house.programs)
    out(f"{database}: {plan.records} records in {plan.chunks} chunks, {siege.killed} kills ({killed})\n")
    out(f"  {siege.seconds:.0f} s under siege, {time.monotonic() - began:.0f} s to the end and once more\n")
    receiving = siege.killed - siege.killed_working
    out(f"  {receiving} kills while chunks came, {siege.killed_working} while they were stored\n")
    out("  0 lost, 0 doubled, every receipt there, the same receipts again\n")


def _progress(words: str) -> None:
    sys.stderr.write(f"\r{words}\033[K" if sys.stderr.isatty() else f"{words}\n")


if __name__ == "__main__":
    main()
