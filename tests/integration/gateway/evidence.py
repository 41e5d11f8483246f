"""What a desk sends of a card."""

import base64
import secrets
from typing import Any

from cardreader.emulator.issuer import IssuedCard

EF_SOD = 0x1D


def evidence(card: IssuedCard, *, nonce: bytes | None = None, **changes: bytes | None) -> dict[str, Any]:
    """What a desk sends of a card: EF.SOD, DG1, and DG15 with the chip's answer to a nonce.

    `dg13=` and the like add or replace a group, or (None) leave it out.
    """
    groups = {1: card.files[1], 15: card.files.get(15)} | {int(k[2:]): file for k, file in changes.items()}
    sent = {
        "security_object": _base64(card.files[EF_SOD]),
        "data_groups": {str(number): _base64(file) for number, file in groups.items() if file},
    }
    if nonce is not None and card.keys.active is not None:
        sent["active_signature"] = _base64(card.keys.active.sign(nonce, secrets.token_bytes))
    return sent


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
