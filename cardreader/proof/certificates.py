"""An X.509 certificate as far as passive authentication needs it, taken apart once (RFC 5280)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import x509

from cardreader.lds.asn1 import malformed_asn1
from cardreader.lds.tlv import check_structure

TRAINING_MARKER = "TIEPDON TRAINING"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Names are comparable texts; key, algorithm and the signed part are DER; times are aware."""

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    public_key: bytes
    signed_part: bytes
    signature_algorithm: bytes
    signature: bytes
    authority: bool
    training: bool
    training_issuer: bool


def parse_certificate(der: bytes) -> Certificate:
    """Return the certificate; nothing of it is verified.

    `authority` says that it may sign certificates; `training` and `training_issuer` that
    subject or issuer carries the training marker.

    Raises MalformedData: not a certificate. OversizedData: beyond the caps of `lds.tlv`.
    """
    check_structure(der)
    with malformed_asn1("a certificate"):
        parsed = x509.Certificate.load(der, strict=True)
        usage = parsed.key_usage_value
        signs = usage is None or "key_cert_sign" in usage.native
        return Certificate(
            subject=parsed.subject.hashable,
            issuer=parsed.issuer.hashable,
            not_before=parsed.not_valid_before,
            not_after=parsed.not_valid_after,
            public_key=parsed.public_key.dump(),
            signed_part=parsed["tbs_certificate"].dump(),
            signature_algorithm=parsed["signature_algorithm"].dump(),
            signature=parsed["signature_value"].native,
            authority=bool(parsed.ca) and signs,
            training=_marked(parsed.subject),
            training_issuer=_marked(parsed.issuer),
        )


def _marked(name: Any) -> bool:
    """Say whether one of the name's organizational units is the training marker."""
    units = name.native.get("organizational_unit_name", [])
    return TRAINING_MARKER in ([units] if isinstance(units, str) else units)
