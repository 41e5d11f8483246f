"""PACE with chip-authentication mapping ties the chip to its static key (Doc 9303-11 §4.4.3.5).

It proves the chip to the one who ran PACE: to the reader, and never to a gateway far away.
"""

from datetime import datetime
from typing import Protocol

from cardreader.errors import MalformedData
from cardreader.lds.chip_keys import ChipKeys, chip_keys_of, parse_chip_keys
from cardreader.lds.security_infos import pace_entries
from cardreader.lds.signed_data import parse_signed_data
from cardreader.proof.agreement import static_point
from cardreader.proof.certificates import Certificate, parse_certificate
from cardreader.proof.evidence import Evidence
from cardreader.proof.reasons import Check, NotProven, Reason
from cardreader.proof.signed_content import check_signed_content
from cardreader.proof.trust import TrustStore
from cardreader.session.curves import Domain

_NOT_DONE = Check("not-done", Reason.CHIP_NOT_DONE)
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


def verify_mapping(
    evidence: Evidence, mapping: ChipMapping, trust: TrustStore, *, at: datetime, root: Certificate | None
) -> Check:
    """Say whether the mapping key is `factor` times a static key of this holder's chip.

    A key of DG14 is, for DG14 is signed with the holder's data. EF.CardSecurity names no holder: it
    may be another card's, whose key somebody has. Its keys prove the chip only where DG14 was read
    and has no key on that curve, an authority of the same state as `root` signed them, and every
    PACE entry of DG14 stands beside them (Doc 9303-11 §9.2.11). Else nothing is proven, and a key
    in DG14 is left to chip authentication; but an EF.CardSecurity that nobody signed, or whose
    key the chip lacks, is a failed check.

    `root` is who answers for the holder's data, None nobody; signatures are verified at an aware time.
    """
    try:
        keys, authority = _signed_keys(evidence, trust, at)
        points = _points(keys, mapping.parameter_id)
    except NotProven as failure:
        return Check("failed", failure.reason)
    except MalformedData:
        return Check("failed", Reason.CHIP_KEY_REFUSED)
    if not points:
        return Check("failed", Reason.CHIP_KEY_REFUSED)
    if not _maps(mapping, points):
        return Check("failed", Reason.CHIP_ANSWER_WRONG)
    fits = _of_one_state(authority, root) and _fits_dg14(keys, evidence, mapping.parameter_id)
    return Check("passed") if fits or maps_listed_key(evidence, mapping) else _NOT_DONE


def maps_listed_key(evidence: Evidence, mapping: ChipMapping) -> bool:
    """Say whether the mapping key is `factor` times a key of DG14: then that key has proven itself."""
    try:
        return _maps(mapping, _points(_listed_keys(evidence), mapping.parameter_id))
    except MalformedData:
        return False


def _maps(mapping: ChipMapping, points: list[bytes]) -> bool:
    if not points:
        return False
    domain = Domain(mapping.parameter_id)
    try:
        return any(domain.multiple(mapping.factor, point) == mapping.mapping_key for point in points)
    except MalformedData:
        return False


def _listed_keys(evidence: Evidence) -> ChipKeys:
    return parse_chip_keys(evidence.data_groups.get(14, b""))


def _signed_keys(evidence: Evidence, trust: TrustStore, at: datetime) -> tuple[ChipKeys, Certificate | None]:
    """Return the keys of EF.CardSecurity and the root of who signed it; without the file, those of DG14."""
    if evidence.card_security is None:
        return _listed_keys(evidence), None
    signed = parse_signed_data(
        evidence.card_security, content_type=CARD_SECURITY_CONTENT, what="EF.CardSecurity"
    )
    signer = parse_certificate(signed.signer_certificate)
    check_signed_content(signed, signer, sha1=trust.sha1)
    authority = trust.authority_of(signer, at=at)
    return chip_keys_of(signed.content), authority.certificates[-1]


def _of_one_state(authority: Certificate | None, root: Certificate | None) -> bool:
    """Say whether both are of one state; one that states none is of its own alone."""
    if authority is None or root is None or authority.for_training != root.for_training:
        return False
    one_country = bool(root.country) and authority.country == root.country
    return one_country or authority.fingerprint == root.fingerprint


def _fits_dg14(keys: ChipKeys, evidence: Evidence, parameter_id: int | None) -> bool:
    """Say whether DG14 speaks of a chip that can have these keys, and has none of its own on that curve."""
    try:
        listed = _listed_keys(evidence)
        return not _points(listed, parameter_id) and pace_entries(listed.infos) <= keys.infos
    except MalformedData:
        return False


def _points(keys: ChipKeys, parameter_id: int | None) -> list[bytes]:
    """Return the encoded points of the keys on this curve; keys elsewhere serve other protocols."""
    found = []
    for key in keys.public_keys:
        if key.kind == "ecdh":
            number, point = static_point(key.public_key)
            if number == parameter_id:
                found.append(point)
    return found
