"""`tiepdon-clinic` that is killed: `python -m tests.integration.clinics.killed_upload batch upload ...`.

It sends chunks of two records and kills itself (SIGKILL) when the gateway has acknowledged the first one.
"""

import os
import signal

from clinics.batch import parcel
from clinics.batch.door import Batch, BatchDoor
from clinics.cli import main

_put = BatchDoor.put


def _put_and_die(door: BatchDoor, batch: Batch, number: int, data: bytes, *, records: int) -> None:
    _put(door, batch, number, data, records=records)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    parcel.MAX_CHUNK_RECORDS = 2
    BatchDoor.put = _put_and_die  # type: ignore[method-assign] # the moment of the kill is chosen here
    main(prog_name="tiepdon-clinic")
