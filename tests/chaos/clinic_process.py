"""`tiepdon-clinic` with smaller chunks: `python -m tests.chaos.clinic_process RECORDS batch upload ...`.

A chunk of fewer records makes more of the moments at which a kill could do harm.
"""

import sys

from clinics.batch import parcel
from clinics.cli import main

if __name__ == "__main__":
    parcel.MAX_CHUNK_RECORDS = int(sys.argv.pop(1))
    main(prog_name="tiepdon-clinic")
