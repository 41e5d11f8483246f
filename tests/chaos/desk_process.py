"""A desk as a process: `python -m tests.chaos.desk_process AUTHORITY PERSON...` taps each person's card.

The data directory is the environment's. A line is printed for each answer that the clerk has seen;
what waits in the outbox is sent at the end.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from bhyt.records.eligibility import Clerk
from cardreader.emulator.chip import Chip
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.samples import SAMPLES
from clinics.entry import read_entry
from clinics.settings import load_settings
from clinics.station import Station


def main() -> None:
    folder, *persons = sys.argv[1:]
    authority = TrainingAuthority.load(Path(folder))
    clerk = Clerk("Trần Thị Tiếp Đón", "033190000009")
    with Station.open(load_settings()) as station:
        for person in persons:
            card = authority.issue(replace(SAMPLES["mau-thu"], id_number=person))
            result = station.check_in(
                LocalCard(Chip(card)),
                read_entry(person),
                station.arriving(clerk, arrival="regular"),
                reader="Reader 1",
                report=lambda _: None,
            )
            said = {"person": person, "stored": result.stored, "receipt": result.receipt}
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()
        station.empty_outbox()


if __name__ == "__main__":
    main()
