"""A training card in process: commands, bytes, the reader's own time against the wire's; proofs a second.

The wire time is computed from the counted bytes at 9 bits a byte (ISO/IEC 14443-4 with start bits),
without the chip's own cryptography; the emulator's time is what `transmit_ms` measured.
"""

import statistics
import sys
import timeit
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from cardreader.access.keys import AccessKeys
from cardreader.emulator.chip import Chip
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.samples import SAMPLES
from cardreader.proof.passive import verify_passive
from cardreader.proof.trust import TrustStore
from cardreader.reading import CardReading, read_card

READINGS = 20
PROOFS = 100
BITS_A_BYTE = 9
BAUD = 106_000


def main() -> None:
    """Print commands, bytes, the share of the reader's own time, and passive authentications a second."""
    now = datetime.now(UTC)
    citizen = SAMPLES["mau-thu"]
    with TemporaryDirectory() as folder:
        authority = TrainingAuthority.open(Path(folder), now=now)
        trust = TrustStore.from_directory(Path(folder) / "trust", training=True)
        card = authority.issue(citizen)
        keys = AccessKeys.from_number(citizen.id_number)
        readings = [read_card(LocalCard(Chip(card)), keys, trust=trust, now=now) for _ in range(READINGS)]
    evidence = readings[0].evidence
    proving = timeit.repeat(lambda: verify_passive(evidence, trust, at=now), number=PROOFS, repeat=5)
    _print(readings, proofs_a_second=PROOFS / min(proving))


def _print(readings: list[CardReading], *, proofs_a_second: float) -> None:
    one = readings[0]
    wire_ms = (one.bytes_sent + one.bytes_received) * BITS_A_BYTE / BAUD * 1000
    own_ms = statistics.median(reading.elapsed_ms - reading.transmit_ms for reading in readings)
    emulator_ms = statistics.median(reading.transmit_ms for reading in readings)
    out = sys.stdout.write
    out(f"card, {one.access}: {one.commands} commands, {one.bytes_sent + one.bytes_received} bytes\n")
    out(f"wire at 106 kbit/s {wire_ms:8.0f} ms (computed)\n")
    out(f"reader's own       {own_ms:8.1f} ms   {own_ms / wire_ms:6.1%} of the wire time\n")
    out(f"emulator's         {emulator_ms:8.1f} ms   {emulator_ms / wire_ms:6.1%} of the wire time\n")
    out(f"verify_passive     {proofs_a_second:8.0f} a second in one process\n\n")
