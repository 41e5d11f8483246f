"""A worker as a process of its own: `python -m tests.integration.gateway.worker_process VERSION LEASE`."""

import sys
from datetime import timedelta

from gateway.settings import Settings
from gateway.work import leases, worker


def main() -> None:
    version, lease = sys.argv[1:]
    leases.LEASE = timedelta(seconds=float(lease))
    leases.RENEWAL_SECONDS = float(lease) / 4
    worker.run(Settings(), version=version)


if __name__ == "__main__":
    main()
