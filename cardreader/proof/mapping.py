"""PACE with chip-authentication mapping ties the chip to its static key (Doc 9303-11 §4.4.3.5).

It proves the chip to the one who ran PACE: to the reader, and never to a gateway far away.
"""

from datetime import datetime
from typing import Protocol

from cardreader.errors import MalformedData
from cardreader.lds.chip_keys import ChipKeys, chip_keys_of, parse_chip_keys
from cardreader.lds.signed_data import parse_signed_data
from cardreader.proof.agreement import static_point
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.evidence import Evidence
from cardreader.proof.reasons import Check, NotProven, Reason
from cardreader.proof.signed_content import check_signed_content
from cardreader.proof.trust import TrustStore
from cardreader.session.curves import Domain

CARD_SECURITY_CONTENT = "0.4.0.127.0.7.3.2.1"


class ChipMapping(Protocol):
    """What PACE with this mapping left behind; the chip sent `factor` encrypted, and nobody else could."""

    @property
    def parameter_id(self) -> int | None:
        """The number of the curve."""

    @property
    def mapping_key(self) -> bytes:
        """The chip's public key of the mapping, as it was sent."""

    @property
    def factor(self) -> int:
        """The number by which the chip's static key becomes the mapping key."""


def verify_mapping(evidence: Evidence, mapping: ChipMapping, trust: TrustStore, *, at: datetime) -> Check:
    """Say whether the mapping key is `factor` times a static key of the chip that the issuer signed.

    The keys are those of EF.CardSecurity, whose own signature is verified at an aware time, or of
    DG14 when there is no EF.CardSecurity: then passive authentication must vouch for them.
    """
    try:
        points = _points(_signed_keys(evidence, trust, at), mapping.parameter_id)
    except NotProven as failure:
        return Check("failed", failure.reason)
    except MalformedData:
        return Check("failed", Reason.CHIP_KEY_REFUSED)
    if not points:
        return Check("failed", Reason.CHIP_KEY_REFUSED)
    domain = Domain(mapping.parameter_id)
    try:
        holds = any(domain.multiple(mapping.factor, point) == mapping.mapping_key for point in points)
    except MalformedData:
        return Check("failed", Reason.CHIP_ANSWER_WRONG)
    return Check("passed") if holds else Check("failed", Reason.CHIP_ANSWER_WRONG)


def _signed_keys(evidence: Evidence, trust: TrustStore, at: datetime) -> ChipKeys:
    if evidence.card_security is None:
        return parse_chip_keys(evidence.data_groups.get(14, b""))
    signed = parse_signed_data(
        evidence.card_security, content_type=CARD_SECURITY_CONTENT, what="EF.CardSecurity"
    )
    signer = parse_certificate(signed.signer_certificate)
    check_signed_content(signed, signer, sha1=trust.sha1)
    trust.authority_of(signer, at=at)
    return chip_keys_of(signed.content)


def _points(keys: ChipKeys, parameter_id: int | None) -> list[bytes]:
    """Return the encoded points of the keys on this curve; keys elsewhere serve other protocols."""
    found = []
    for key in keys.public_keys:
        if key.kind == "ecdh":
            number, point = static_point(key.public_key)
            if number == parameter_id:
                found.append(point)
    return found
