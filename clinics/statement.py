"""What a desk states of a chip that it read, signed with the desk's own key (compact JWS, RFC 7515).

The gateway believes none of it before it has checked it: the signature says which desk sent the
evidence, and binds it to one gateway, one challenge, one reader and one session.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey

from clinics.pairing import ALGORITHM

CONTENT_TYPE = "application/jose"
TYPE = "presence-evidence+jws"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One reading as it is presented to the gateway.

    `evidence` is `Evidence.to_json()`; `challenge` is the id of the gateway's challenge that the chip
    answered, None where it answered none; `timing` is in milliseconds.
    """

    evidence: Mapping[str, Any] = field(repr=False)
    challenge: str | None
    reader: str
    session: str
    legal_basis: str | None
    timing: Mapping[str, float]

    def signed(self, key: ECKey, *, audience: str, now: datetime, identifier: str) -> bytes:
        """Return the statement for the gateway at `audience`, signed now.

        The gateway takes each statement once: one that is stated again gets another `identifier`.
        """
        claims = {
            "jti": identifier,
            "aud": audience,
            "iat": int(now.timestamp()),
            "challenge": self.challenge,
            "reader": self.reader,
            "session": self.session,
            "evidence": self.evidence,
            "legal_basis": self.legal_basis,
            "timing": self.timing,
        }
        payload = json.dumps(claims, separators=(",", ":"))
        header = {"alg": ALGORITHM, "typ": TYPE}
        return jws.serialize_compact(header, payload, key, algorithms=[ALGORITHM]).encode()
