"""A desk's program that somebody has changed: it has the desk's own key, and believes every card.

It skips every check of its own and says in its statement that all of them passed.
"""

import json
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import httpx
from joserfc import jws
from joserfc.jwk import ECKey

from cardreader.access.keys import AccessKeys
from cardreader.proof.chip import ChipQuestion
from cardreader.proof.evidence import Evidence
from cardreader.proof.trust import TrustStore
from cardreader.reading import read_card
from cardreader.transport import Transport
from demo.processes import DemoFailed
from demo.smart import sign_in

READER, SESSION = "any reader", "any session"


@dataclass(frozen=True, slots=True)
class Given:
    """A challenge that the gateway gave; asks a chip for its signature and for nothing else."""

    id: str
    bytes_to_sign: bytes
    examination: None = None

    def wants_agreement(self, *, signed: bool, mapped: bool) -> bool:  # noqa: ARG002 - the training cards sign
        """Say no."""
        return False

    def nonce(self) -> bytes:
        """Return what the chip is to sign."""
        return self.bytes_to_sign

    def chip_question(self, _evidence: Evidence) -> ChipQuestion | None:
        """Return None: the training cards sign."""
        return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gateway answered: the level of a stored presence, or the code of its refusal."""

    level: str | None
    code: str | None


class ModifiedAgent:
    """Hands in what it likes, with the desk's good name."""

    def __init__(self, gateway_url: str, client_id: str, key: ECKey) -> None:
        self._url = gateway_url
        self._key = key
        self._http = httpx.Client(timeout=20, trust_env=False)
        token = sign_in(self._http, gateway_url, client_id, key, scope="system/Presence.c")
        self._http.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def challenge(self) -> Given:
        """Return a new challenge of the gateway.

        Raises DemoFailed: it gives none.
        """
        answer = self._http.post(
            f"{self._url}/presence/challenges", json={"reader": READER, "session": SESSION}
        )
        if answer.status_code != httpx.codes.CREATED:
            raise DemoFailed(f"no challenge: {answer.status_code} {answer.text[:500]}")
        found = answer.json()
        return Given(found["challenge"], b64decode(found["nonce"]))

    def read(self, transport: Transport, number: str, challenge: Given) -> Evidence:
        """Return the card's evidence, with its answer to the challenge, whatever the checks say."""
        reading = read_card(
            transport,
            AccessKeys.from_number(number),
            trust=TrustStore([]),
            now=datetime.now(UTC),
            challenger=challenge,
        )
        return reading.evidence.without(2, 13)

    def hand_in(self, evidence: Evidence, challenge: Given | None) -> Verdict:
        """Sign the evidence as a desk does, say that all checks passed; return the gateway's verdict."""
        claims: dict[str, Any] = {
            "aud": self._url,
            "iat": int(datetime.now(UTC).timestamp()),
            "challenge": challenge.id if challenge else None,
            "reader": READER,
            "session": SESSION,
            "evidence": evidence.to_json(),
            "legal_basis": None,
            "timing": {},
            "checks": dict.fromkeys(("passive", "active", "chip", "consistent"), "passed"),
            "level": "chip-proven",
        }
        header = {"alg": "ES384", "typ": "presence-evidence+jws"}
        statement = jws.serialize_compact(header, json.dumps(claims), self._key, algorithms=["ES384"])
        answer = self._http.post(
            f"{self._url}/presence", content=statement, headers={"Content-Type": "application/jose"}
        )
        said = answer.json()
        return Verdict(said.get("level"), said.get("code"))
