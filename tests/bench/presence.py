"""Verifying one desk's statement of a chip as the gateway does: its JWS, the evidence, the chip's signature.

Printed a second in one process, for the kinds of chip keys, and with 1, 100 and 1,000 pinned
authorities, all of one subject, which is the worst that can be pinned. A rate below the bound
is marked BELOW.
"""

import json
import secrets
import sys
import timeit
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from joserfc import jws
from joserfc.jwk import ECKey

from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.offers import RsaOffer
from cardreader.emulator.samples import SAMPLES
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.evidence import Evidence
from cardreader.proof.trust import TrustStore
from gateway.services import statements
from gateway.services.challenges import Burned
from gateway.services.verification import Verifier, verify

STATEMENTS = 60
AUTHORITIES = (1, 100, 1000)
AUDIENCE = "https://gateway.example"
BOUND = 300
EF_SOD = 0x1D


def main() -> None:
    """Print statements a second by the chip's key, then by the number of authorities."""
    now = datetime.now(UTC)
    authority = TrainingAuthority.create(now=now)
    out = sys.stdout.write
    out(f"one statement verified by the gateway (bound: {BOUND} a second)\n")
    for name, habits in _KINDS.items():
        card = authority.issue(SAMPLES["mau-thu"], habits=habits)
        rate = _rate(card, [authority.csca], now=now)
        out(f"  chip key {name:<22}{rate:>6.0f} a second{_mark(rate)}\n")
    card = authority.issue(SAMPLES["mau-thu"])
    others = [TrainingAuthority.create(now=now).csca for _ in range(max(AUTHORITIES) - 1)]
    first = 0.0
    for count in AUTHORITIES:
        rate = _rate(card, [*others[: count - 1], authority.csca], now=now)
        first = first or rate
        out(f"  {count:>5} authorities{rate:>17.0f} a second  {first / rate:6.2f} times the time of one")
        out(f"{_mark(rate)}\n")
    out("\n")


_KINDS = {
    "ECDSA P-256": Habits(),
    "RSA 1024": Habits(active=RsaOffer(bits=1024)),
    "RSA 2048": Habits(active=RsaOffer(bits=2048)),
}


def _mark(rate: float) -> str:
    return "  BELOW" if rate < BOUND else ""


def _rate(card: IssuedCard, authorities: Sequence[bytes], *, now: datetime) -> float:
    nonce = secrets.token_bytes(8)
    key = ECKey.generate_key("P-384")
    body = _statement(card, nonce, key, now=now)
    trust = TrustStore([parse_certificate(der) for der in authorities], training=True)
    verifier = Verifier(trust, secrets.token_bytes(32), AUDIENCE)
    burned = Burned(UUID(int=1), "reader", "session", 0.0, nonce, None)

    def once() -> None:
        proven = verify(statements.read(body), burned, key=key, verifier=verifier, now=now)
        if proven.level != "chip-proven":
            raise AssertionError("the benchmark's chip must be proven")

    return STATEMENTS / min(timeit.repeat(once, number=STATEMENTS, repeat=5))


def _statement(card: IssuedCard, nonce: bytes, key: ECKey, *, now: datetime) -> bytes:
    if card.keys.active is None:
        raise AssertionError("the benchmark's chip must have a key")
    evidence = Evidence(
        card.files[EF_SOD],
        {number: card.files[number] for number in (1, 15)},
        active_signature=card.keys.active.sign(nonce, secrets.token_bytes),
    )
    stated = {
        "aud": AUDIENCE,
        "iat": int(now.timestamp()),
        "challenge": str(UUID(int=1)),
        "reader": "reader",
        "session": "session",
        "evidence": evidence.to_json(),
        "legal_basis": None,
        "timing": {"active_ms": 40.0},
    }
    header = {"alg": "ES384", "typ": statements.TYPE}
    return jws.serialize_compact(header, json.dumps(stated), key, algorithms=["ES384"]).encode()
