"""An X.509 certificate as far as passive authentication needs it, taken apart once (RFC 5280).

What it may be used for follows the profiles of Doc 9303-12 §7.1: an authority (CSCA) signs
certificates, a document signer signs security objects, and nothing else that an authority
issued (master list signers, TLS servers, other authorities) may stand in for a document signer.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asn1crypto import x509

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds.asn1 import check_extensions, malformed_asn1, utc_time, whole_bytes
from cardreader.lds.tlv import check_structure

MAX_CERTIFICATE_BYTES = 65_536  # real ones have 1 to 2 kB
TRAINING_MARKER = "TIEPDON TRAINING"
MAX_NAME_BYTES = 1_024
_MASTER_LIST_SIGNING = "2.23.136.1.1.3"

# The only critical extensions whose meaning is taken into account here; RFC 5280 §4.2 refuses the others.
_UNDERSTOOD = frozenset({"key_usage", "basic_constraints", "extended_key_usage"})


@dataclass(frozen=True, slots=True)
class Certificate:
    """Names are comparable texts; key, algorithm and the signed part are DER; times are aware.

    `fingerprint` is the SHA-256 of the whole. The key identifiers are what the extensions say,
    None without them; `country` is the subject's two letters, or empty.
    """

    der: bytes = field(repr=False)
    fingerprint: bytes
    serial: int
    subject: str
    issuer: str
    country: str
    key_identifier: bytes | None
    issuer_key_identifier: bytes | None
    not_before: datetime
    not_after: datetime
    public_key: bytes
    signed_part: bytes
    signature_algorithm: bytes
    signature: bytes
    authority: bool
    document_signer: bool
    master_list_signer: bool
    revocation_list_signer: bool
    training: bool
    training_issuer: bool

    @property
    def self_issued(self) -> bool:
        """Say whether subject and issuer are one: a root, or a link after a change of keys."""
        return self.subject == self.issuer

    @property
    def for_training(self) -> bool:
        """Say whether it, or who issued it, carries the training marker."""
        return self.training or self.training_issuer


def parse_certificate(der: bytes) -> Certificate:
    """Return the certificate; nothing of it is verified.

    `authority` says that it may sign certificates, the three signers for what else it may be
    used; `training` and `training_issuer` that subject or issuer carries the training marker.

    Raises MalformedData: not a certificate, it names two algorithms for its one signature
    (RFC 5280 §4.1.1.2), or a time that is none of X.509. OversizedData: beyond
    MAX_CERTIFICATE_BYTES, MAX_NAME_BYTES or the caps of `lds.tlv`.
    """
    if len(der) > MAX_CERTIFICATE_BYTES:
        raise OversizedData(f"a certificate of more than {MAX_CERTIFICATE_BYTES} bytes")
    check_structure(der)
    with malformed_asn1("a certificate"):
        parsed = x509.Certificate.load(der, strict=True)
        check_extensions(parsed["tbs_certificate"]["extensions"], x509.ExtensionId)
        algorithm = parsed["signature_algorithm"].dump()
        if algorithm != parsed["tbs_certificate"]["signature"].dump():
            raise MalformedData("a certificate names two algorithms for its signature")
        validity = parsed["tbs_certificate"]["validity"]
        return Certificate(
            der=der,
            fingerprint=hashlib.sha256(der).digest(),
            serial=parsed.serial_number,
            subject=comparable(parsed.subject),
            issuer=comparable(parsed.issuer),
            country=country_of(parsed.subject),
            key_identifier=parsed.key_identifier,
            issuer_key_identifier=parsed.authority_key_identifier,
            not_before=utc_time(validity["not_before"]),
            not_after=utc_time(validity["not_after"]),
            public_key=parsed.public_key.dump(),
            signed_part=parsed["tbs_certificate"].dump(),
            signature_algorithm=algorithm,
            signature=whole_bytes(parsed["signature_value"]),
            authority=_may_sign_certificates(parsed),
            document_signer=_may_sign_documents(parsed),
            master_list_signer=_may_sign_master_lists(parsed),
            revocation_list_signer=_usable_for(parsed, "crl_sign"),
            training=_marked(parsed.subject),
            training_issuer=_marked(parsed.issuer),
        )


def comparable(name: Any) -> str:
    """Return a parsed name as a text that names which are the same have in common (RFC 5280 §7.1).

    Raises OversizedData: beyond MAX_NAME_BYTES. One letter may become eighteen on the way, so a name
    of a whole certificate's length would cost a tenth of a second and more.
    """
    if len(name.dump()) > MAX_NAME_BYTES:
        raise OversizedData(f"a name of more than {MAX_NAME_BYTES} bytes")
    return str(name.hashable)


def country_of(name: Any) -> str:
    """Return the two capital letters of a parsed name's country, empty where it states none or several."""
    found = name.native.get("country_name", "")
    return found.upper() if isinstance(found, str) else ""


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
    purposes = parsed.extended_key_usage_value
    return _is_signer(parsed) and (purposes is None or "any_extended_key_usage" in purposes.native)


def _may_sign_master_lists(parsed: Any) -> bool:
    """Say whether it was issued for signing master lists: the profile demands that purpose (§7.1.1)."""
    purposes = parsed.extended_key_usage_value
    return _is_signer(parsed) and purposes is not None and _MASTER_LIST_SIGNING in purposes.native


def _is_signer(parsed: Any) -> bool:
    return (
        not parsed.ca
        and _usable_for(parsed, "digital_signature")
        and parsed.critical_extensions <= _UNDERSTOOD
    )


def _usable_for(parsed: Any, use: str) -> bool:
    usage = parsed.key_usage_value
    return usage is None or use in usage.native


def _marked(name: Any) -> bool:
    """Say whether one of the name's organizational units is the training marker."""
    units = name.native.get("organizational_unit_name", [])
    return TRAINING_MARKER in ([units] if isinstance(units, str) else units)
