"""Two training cards in process: commands, bytes, wire time, and the reader's own time against the wire's.

One is signed by elliptic curves throughout; the other is like real ones: an RSA-2048 signer under an
RSA-3072 authority, active authentication by RSA-1024. Read are EF.SOD, DG1, DG13 and DG15, and the chip
signs a nonce. The wire time is computed from the counted bytes at 9 bits a byte (ISO/IEC 14443-4 with
start bits), without the chip's own cryptography; the emulator's time is what `transmit_ms` measured.
A figure outside its bound is marked ABOVE.
"""

import statistics
import sys
from datetime import UTC, datetime

from cardreader.access.keys import AccessKeys
from cardreader.emulator.catalog import combined
from cardreader.emulator.chip import Chip
from cardreader.emulator.files import EF_SOD
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.signing import SigningChoice
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.trust import TrustStore
from cardreader.reading import CardReading, read_card

READINGS = 30
BITS_A_BYTE = 9
BAUDS = (106_000, 424_000, 848_000)
GROUPS = (1, 13, 15)
LIMITS = {("PACE-CAN", True): 13, ("PACE-CAN", False): 22, ("BAC", True): 8, ("BAC", False): 16}
OWN_SHARE = {"PACE-CAN": 0.25, "BAC": 0.10}
CITIZEN = SAMPLES["mau-thu"]


def main() -> None:
    """Print a line for each card, way in and length of commands."""
    now = datetime.now(UTC)
    authority = TrainingAuthority.create(now=now)
    _measure("a card of elliptic curves throughout", authority, authority.issue(CITIZEN), now=now)
    authority = TrainingAuthority.create(now=now, choice=SigningChoice("RSA", bits=3072))
    habits = combined("sod-rsa-sha256", "aa-rsa1024")
    _measure(
        "a card like real ones: RSA-2048 signer, RSA-1024 active authentication",
        authority,
        authority.issue(CITIZEN, habits=habits),
        now=now,
    )
    shares = ", ".join(f"{way} own <= {share:.0%}" for way, share in OWN_SHARE.items())
    sys.stdout.write(f"bounds: commands as printed; {shares}\n\n")


def _measure(name: str, authority: TrainingAuthority, card: IssuedCard, *, now: datetime) -> None:
    out = sys.stdout.write
    out(f"{name}; EF.SOD of {len(card.files[EF_SOD]):,} bytes; {READINGS} readings a line:")
    out(" EF.SOD + DG1 + DG13 + DG15 + active authentication\n")
    out(
        f"{'way in':<10}{'length':<10}{'commands':>9}{'bytes':>7}"
        f"{'wire 106':>10}{'424':>6}{'848':>6}{'own':>9}{'of wire 106':>13}{'emulator':>10}\n"
    )
    trust = TrustStore([parse_certificate(authority.csca)], training=True)
    for (way, extended), limit in LIMITS.items():
        zone = card.access_information
        keys = AccessKeys.from_mrz(zone) if way == "BAC" else AccessKeys.from_number(CITIZEN.id_number)
        readings = [_read(card, keys, trust, now=now, way=way, extended=extended) for _ in range(READINGS)]
        _print_line(readings, limit=limit)


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
    above = [
        name
        for name, outside in (
            ("commands", one.commands > limit),
            ("own", own / wires[0] > OWN_SHARE[one.access]),
        )
        if outside
    ]
    times = f"{wires[0]:>7.0f} ms{wires[1]:>6.0f}{wires[2]:>6.0f}"
    sys.stdout.write(
        f"{one.access:<10}{length:<10}{one.commands:>3} <= {limit:>2}{sent:>7}"
        f"{times}{own:>6.1f} ms{own / wires[0]:>13.1%}{emulator:>7.1f} ms"
        f"{'  ABOVE: ' + ', '.join(above) if above else ''}\n"
    )
