"""An X.509 certificate as far as passive authentication needs it, taken apart once (RFC 5280).

What it may be used for follows the profiles of Doc 9303-12 §7.1: an authority (CSCA) signs
certificates, a document signer signs security objects, and nothing else that an authority
issued (master list signers, TLS servers, other authorities) may stand in for a document signer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import x509

from cardreader.lds.asn1 import malformed_asn1
from cardreader.lds.tlv import check_structure

TRAINING_MARKER = "TIEPDON TRAINING"

# The only critical extensions whose meaning is taken into account here; RFC 5280 §4.2 refuses the others.
_UNDERSTOOD = frozenset({"key_usage", "basic_constraints", "extended_key_usage"})


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
    document_signer: bool
    training: bool
    training_issuer: bool


def parse_certificate(der: bytes) -> Certificate:
    """Return the certificate; nothing of it is verified.

    `authority` says that it may sign certificates, `document_signer` that it may sign security
    objects; `training` and `training_issuer` that subject or issuer carries the training marker.

    Raises MalformedData: not a certificate. OversizedData: beyond the caps of `lds.tlv`.
    """
    check_structure(der)
    with malformed_asn1("a certificate"):
        parsed = x509.Certificate.load(der, strict=True)
        return Certificate(
            subject=parsed.subject.hashable,
            issuer=parsed.issuer.hashable,
            not_before=parsed.not_valid_before,
            not_after=parsed.not_valid_after,
            public_key=parsed.public_key.dump(),
            signed_part=parsed["tbs_certificate"].dump(),
            signature_algorithm=parsed["signature_algorithm"].dump(),
            signature=parsed["signature_value"].native,
            authority=_may_sign_certificates(parsed),
            document_signer=_may_sign_documents(parsed),
            training=_marked(parsed.subject),
            training_issuer=_marked(parsed.issuer),
        )


def _may_sign_certificates(parsed: Any) -> bool:
    """Say whether the extensions at hand make it an authority (Doc 9303-12 §7.1.1).

    A self-issued root without basicConstraints is one too: roots older than the profile, among
    them every version 1 certificate, lack the extension, and only a person can have pinned them.
    """
    constraints, usage = parsed.basic_constraints_value, parsed.key_usage_value
    if usage is not None and "key_cert_sign" not in usage.native:
        return False
    return bool(parsed.self_issued) if constraints is None else bool(parsed.ca)


def _may_sign_documents(parsed: Any) -> bool:
    """Say whether nothing in it speaks against its being a document signer (Doc 9303-12 §7.1.1).

    The profile has no extended key usage for it: one that is there names its other purposes.
    """
    usage, purposes = parsed.key_usage_value, parsed.extended_key_usage_value
    return (
        not parsed.ca
        and (usage is None or "digital_signature" in usage.native)
        and (purposes is None or "any_extended_key_usage" in purposes.native)
        and parsed.critical_extensions <= _UNDERSTOOD
    )


def _marked(name: Any) -> bool:
    """Say whether one of the name's organizational units is the training marker."""
    units = name.native.get("organizational_unit_name", [])
    return TRAINING_MARKER in ([units] if isinstance(units, str) else units)
