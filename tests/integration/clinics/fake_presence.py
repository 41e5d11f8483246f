"""The presence doors of the fake gateway: challenges for one reader and session, and signed statements.

It checks what the contract asks of a desk: the signature, who it is for, the challenge's one use, and
that the chip's signature is over our own nonce. Whose data they are is left to the real gateway.
"""

import json
import secrets
import time
import uuid
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from cardreader.lds.chip_keys import parse_chip_keys
from cardreader.proof.active import verify_active
from cardreader.proof.chip import ChipExamination
from cardreader.proof.evidence import Evidence

Refused = str
GROUPS = {1, 13, 14, 15}


@dataclass
class Challenge:
    reader: str
    session: str
    nonce: bytes
    examination: ChipExamination | None = None
    used: bool = False


class Presences:
    """What was asked of the presence doors; a test may look, and set what comes next."""

    def __init__(self) -> None:
        self.challenges: dict[str, Challenge] = {}
        self.statements: list[dict[str, Any]] = []
        self.received: list[bytes] = []
        self.levels: dict[str, str] = {}
        self.expired = 0

    def issue(self, body: bytes) -> dict[str, object]:
        asked = json.loads(body)
        made = Challenge(asked["reader"], asked["session"], secrets.token_bytes(8))
        known = str(uuid.uuid4())
        self.challenges[known] = made
        return {"challenge": known, "nonce": b64encode(made.nonce).decode(), "expires_in": 60}

    def question(self, path: str, body: bytes) -> dict[str, Any]:
        challenge = self.challenges[path.split("/")[3]]
        evidence = Evidence.from_json(json.loads(body)["evidence"])
        assert set(evidence.data_groups) == {1, 14}
        challenge.examination = ChipExamination.begin(
            evidence.data_groups[14], random_bytes=secrets.token_bytes
        )
        return challenge.examination.question.to_json()

    def judge(self, body: bytes, *, key: ECKey, audience: str) -> dict[str, object] | Refused:
        """Return the receipt's answer, or the code of the refusal."""
        self.received.append(body)
        level = self._level(body, key, audience)
        if level not in {"chip-proven", "chip-read"}:
            return level
        receipt = f"receipt-{len(self.levels) + 1}"
        self.levels[receipt] = level
        return {"receipt": receipt, "level": level, "training": False}

    def _level(self, body: bytes, key: ECKey, audience: str) -> str:
        try:
            signed = jws.deserialize_compact(body, key, algorithms=["ES384"])
        except JoseError:
            return "presence.signature-invalid"
        stated = json.loads(signed.payload)
        self.statements.append(stated)
        if signed.headers() != {"alg": "ES384", "typ": "presence-evidence+jws"} or stated["aud"] != audience:
            return "presence.signature-invalid"
        if abs(time.time() - stated["iat"]) > 300:
            return "presence.signature-stale"
        evidence = Evidence.from_json(stated["evidence"])
        if not set(evidence.data_groups) <= GROUPS:
            return "presence.group-not-wanted"
        if 13 in evidence.data_groups and not stated["legal_basis"]:
            return "presence.legal-basis-missing"
        return "chip-read" if stated["challenge"] is None else self._answered(stated, evidence)

    def _answered(self, stated: dict[str, Any], evidence: Evidence) -> str:
        challenge = self.challenges.get(stated["challenge"])
        if challenge is None or challenge.used:
            return "presence.challenge-used" if challenge else "presence.challenge-unknown"
        challenge.used = True
        if (challenge.reader, challenge.session) != (stated["reader"], stated["session"]):
            return "presence.challenge-foreign"
        if self.expired:
            self.expired -= 1
            return "presence.challenge-expired"
        if 15 in evidence.data_groups:
            check = verify_active(
                evidence.data_groups[15],
                challenge.nonce,
                evidence.active_signature or b"",
                dg14=evidence.data_groups.get(14),
            )
        elif challenge.examination and evidence.chip_answer:
            check = challenge.examination.verify(
                evidence.chip_answer, dg1=evidence.data_groups[1], dg14=evidence.data_groups[14]
            )
        elif 14 in evidence.data_groups and parse_chip_keys(evidence.data_groups[14]).public_keys:
            return "proof.chip-not-done"
        else:
            return "chip-read"
        return "chip-proven" if check.passed else str(check.reason)
