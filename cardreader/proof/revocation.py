"""Certificate revocation lists of country signing authorities, taken apart (RFC 5280 §5, Doc 9303-12 §7.2).

A list revokes for as long as it is at hand: one that is out of date still names certificates
that nobody should accept, so its age is a matter for `trust check` and not for the verifier.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asn1crypto import core, crl

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds.asn1 import check_extensions, malformed_asn1, utc_time, whole_bytes
from cardreader.lds.tlv import check_structure, read_all, read_tlv
from cardreader.proof.certificates import comparable, country_of

MAX_LIST_BYTES = 4_000_000
MAX_LIST_NODES = 400_000
MAX_REVOKED = 50_000

_INTEGER, _SEQUENCE = 0x02, 0x30


@dataclass(frozen=True, slots=True)
class RevocationList:
    """Names are comparable texts; algorithm and signed part are DER; times are aware.

    `serials` are the revoked certificates of `issuer`, whatever the reason or date of revocation.
    """

    der: bytes = field(repr=False)
    fingerprint: bytes
    issuer: str
    country: str
    issuer_key_identifier: bytes | None
    number: int | None
    this_update: datetime
    next_update: datetime | None
    serials: frozenset[int] = field(repr=False)
    signed_part: bytes = field(repr=False)
    signature_algorithm: bytes
    signature: bytes = field(repr=False)

    def supersedes(self, other: "RevocationList") -> bool:
        """Say whether this is a later list of the same key (its number decides, else its time)."""
        return (self.issuer, self.issuer_key_identifier) == (other.issuer, other.issuer_key_identifier) and (
            self.number or 0,
            self.this_update,
        ) > (other.number or 0, other.this_update)


def parse_revocation_list(der: bytes) -> RevocationList:
    """Return the list; its signature is not verified.

    Raises MalformedData: not a list; one with two algorithms for its signature; one with a time
    that is none of X.509; one with a critical extension, which makes it a partial list or one of
    several issuers, forms that the profile of Doc 9303-12 excludes. OversizedData: beyond
    MAX_LIST_BYTES, _NODES, MAX_REVOKED or MAX_NAME_BYTES.
    """
    if len(der) > MAX_LIST_BYTES:
        raise OversizedData(f"a revocation list of more than {MAX_LIST_BYTES} bytes")
    check_structure(der, limit=MAX_LIST_NODES)
    with malformed_asn1("a revocation list"):
        parsed = crl.CertificateList.load(der, strict=True)
        signed = parsed["tbs_cert_list"]
        check_extensions(signed["crl_extensions"], crl.TBSCertListExtensionId)
        algorithm = parsed["signature_algorithm"].dump()
        if algorithm != signed["signature"].dump():
            raise MalformedData("a revocation list names two algorithms for its signature")
        if parsed.critical_extensions:
            raise MalformedData("a revocation list has an extension that must not be ignored")
        following = signed["next_update"]
        return RevocationList(
            der=der,
            fingerprint=hashlib.sha256(der).digest(),
            issuer=comparable(parsed.issuer),
            country=country_of(parsed.issuer),
            issuer_key_identifier=parsed.authority_key_identifier,
            number=parsed.crl_number_value.native if parsed.crl_number_value else None,
            this_update=utc_time(signed["this_update"]),
            next_update=utc_time(following) if following.native is not None else None,
            serials=_serials(signed["revoked_certificates"]),
            signed_part=signed.dump(),
            signature_algorithm=algorithm,
            signature=whole_bytes(parsed["signature"]),
        )


def _serials(revoked: Any) -> frozenset[int]:
    """Return the serial numbers; read directly, because a list may hold tens of thousands."""
    if isinstance(revoked, core.Void):
        return frozenset()
    found = set()
    for tag, entry in read_all(revoked.contents, limit=MAX_REVOKED):
        kind, serial, _ = read_tlv(entry)
        if tag != _SEQUENCE or kind != _INTEGER or not serial:
            raise MalformedData("an entry of a revocation list has no serial number")
        found.add(int.from_bytes(serial, "big", signed=True))
    return frozenset(found)
