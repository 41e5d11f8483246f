"""A desk's agent as a process to be killed: queue the same records as every time, then send what waits.

`python -m tests.chaos.agent DATA_DIR COUNT` prints one line for each record when the gateway took it.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from clinics.delivery import deliver
from clinics.gateway_client import Gateway
from clinics.outbox import Outbox
from clinics.pairing import load_key
from clinics.settings import load_settings


def main(directory: Path, count: int) -> None:
    """Queue `count` records unless they were sent before, and send them."""
    now = lambda: datetime.now(UTC)  # noqa: E731 - one clock for both
    settings = load_settings(directory)
    with Outbox.open(directory) as outbox, Gateway(settings, load_key(directory), now=now) as gateway:
        for number in range(count):
            subject = f"record {number}"
            if (known := outbox.about(subject)) is None or known.standing.outcome == "pending":
                outbox.add(f'{{"record":{number}}}'.encode(), path="/fhir", subject=subject, now=now())

        def post(item):  # type: ignore[no-untyped-def]
            return gateway.store(item.path, item.payload, idempotency_key=item.id)

        deliver(outbox, {"post": post}, now=now, report=click.echo)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
