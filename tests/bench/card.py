"""A training card in process: commands, bytes, wire time, and the reader's own time against the wire's.

Read are EF.SOD, DG1, DG13 and DG15, and the chip signs a nonce. The wire time is computed from the
counted bytes at 9 bits a byte (ISO/IEC 14443-4 with start bits), without the chip's own cryptography;
the emulator's time is what `transmit_ms` measured.
"""

import statistics
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from cardreader.access.keys import AccessKeys
from cardreader.emulator.chip import Chip
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.samples import SAMPLES
from cardreader.proof.trust import TrustStore
from cardreader.reading import CardReading, read_card

READINGS = 30
BITS_A_BYTE = 9
BAUDS = (106_000, 424_000, 848_000)
GROUPS = (1, 13, 15)
LIMITS = {("PACE-CAN", True): 13, ("PACE-CAN", False): 22, ("BAC", True): 8, ("BAC", False): 16}
OWN_SHARE = {"PACE-CAN": 0.25, "BAC": 0.10}


def main() -> None:
    """Print a line for each way in and length of commands."""
    now = datetime.now(UTC)
    citizen = SAMPLES["mau-thu"]
    out = sys.stdout.write
    out(f"one card, {READINGS} readings a line: EF.SOD + DG1 + DG13 + DG15 + active authentication\n")
    out(
        f"{'way in':<10}{'length':<10}{'commands':>9}{'bytes':>7}"
        f"{'wire 106':>10}{'424':>6}{'848':>6}{'own':>9}{'of wire 106':>13}{'emulator':>10}\n"
    )
    with TemporaryDirectory() as folder:
        authority = TrainingAuthority.open(Path(folder), now=now)
        trust = TrustStore.from_directory(Path(folder) / "trust", training=True)
        card = authority.issue(citizen)
        for (way, extended), limit in LIMITS.items():
            zone = card.access_information
            keys = AccessKeys.from_mrz(zone) if way == "BAC" else AccessKeys.from_number(citizen.id_number)
            readings = [
                _read(card, keys, trust, now=now, way=way, extended=extended) for _ in range(READINGS)
            ]
            _print_line(readings, limit=limit)
    out(f"bounds: {', '.join(f'{way} own <= {share:.0%}' for way, share in OWN_SHARE.items())}\n\n")


def _read(
    card: IssuedCard, keys: AccessKeys, trust: TrustStore, *, now: datetime, way: str, extended: bool
) -> CardReading:
    reading = read_card(
        LocalCard(Chip(card)),
        keys,
        trust=trust,
        now=now,
        wanted=GROUPS,
        ways=(way,),
        extended=None if extended else False,
    )
    if reading.checks.level != "chip-proven":
        raise AssertionError("the benchmark's card must be proven")
    return reading


def _print_line(readings: list[CardReading], *, limit: int) -> None:
    one = readings[0]
    sent = one.bytes_sent + one.bytes_received
    wires = [sent * BITS_A_BYTE / baud * 1000 for baud in BAUDS]
    own = statistics.median(reading.elapsed_ms - reading.transmit_ms for reading in readings)
    emulator = statistics.median(reading.transmit_ms for reading in readings)
    length = "extended" if one.extended else "short"
    times = f"{wires[0]:>7.0f} ms{wires[1]:>6.0f}{wires[2]:>6.0f}"
    sys.stdout.write(
        f"{one.access:<10}{length:<10}{one.commands:>3} <= {limit:>2}{sent:>7}"
        f"{times}{own:>6.1f} ms{own / wires[0]:>13.1%}{emulator:>7.1f} ms\n"
    )
