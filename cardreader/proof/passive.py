"""Passive authentication: the data are those that a pinned authority signed (Doc 9303-11 §5.1).

It proves where the data come from, not that this chip is the original.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime

from cardreader.errors import MalformedData
from cardreader.lds.security_object import LDS_SECURITY_OBJECT_ID, SecurityObject, parse_security_object
from cardreader.proof.certificates import Certificate, parse_certificate
from cardreader.proof.evidence import Evidence
from cardreader.proof.reasons import Check, NotProven, Reason
from cardreader.proof.signatures import HASHES, verify_signature
from cardreader.proof.trust import TrustStore


@dataclass(frozen=True, slots=True)
class PassiveResult:
    """The check's outcome; `training` says that the authority is a training one.

    `listed` holds the data groups that EF.SOD names, None when it cannot be read.
    """

    check: Check
    training: bool = False
    listed: frozenset[int] | None = field(default=None, compare=False)

    def lists(self, group: int) -> bool:
        """Say whether EF.SOD names this data group; one that cannot be read is taken to name all."""
        return self.listed is None or group in self.listed


def verify_passive(evidence: Evidence, trust: TrustStore, *, at: datetime) -> PassiveResult:
    """Say whether every data group read is listed, unchanged, and signed for under a pinned authority.

    `at` is an aware time at which all certificates must be valid. DG1 must be part of the
    evidence. Never raises for what a card sent: a broken security object is a failed check.
    """
    listed = None
    try:
        security_object = parse_security_object(evidence.security_object)
        listed = frozenset(security_object.group_hashes)
        signer = parse_certificate(security_object.signer_certificate)
        _check_groups(evidence, security_object)
        _check_signature(security_object, signer)
        authority = _authority(signer, trust)
        if not signer.document_signer:
            raise NotProven(Reason.SIGNER_NOT_PERMITTED)
        _check_validity(signer, authority, at)
    except NotProven as failure:
        status = Check("not-done" if failure.reason == Reason.NO_TRUST_LIST else "failed", failure.reason)
        return PassiveResult(status, listed=listed)
    except MalformedData:
        return PassiveResult(Check("failed", Reason.SECURITY_OBJECT_MALFORMED), listed=listed)
    return PassiveResult(Check("passed"), training=authority.training, listed=listed)


def _check_groups(evidence: Evidence, security_object: SecurityObject) -> None:
    if security_object.digest not in HASHES:
        raise NotProven(Reason.ALGORITHM_REFUSED)
    if 1 not in evidence.data_groups:
        raise NotProven(Reason.GROUP_MISSING)
    for number, file in evidence.data_groups.items():
        listed = security_object.group_hashes.get(number)
        if listed is None:
            raise NotProven(Reason.GROUP_NOT_LISTED)
        if not hmac.compare_digest(listed, hashlib.new(security_object.digest, file).digest()):
            raise NotProven(Reason.GROUP_CHANGED)


def _check_signature(security_object: SecurityObject, signer: Certificate) -> None:
    """Check the content's digest in the attributes, then the signature over them (RFC 5652 §5.6)."""
    message = security_object.content
    if security_object.signed_attributes is not None:
        if security_object.signer_digest not in HASHES:
            raise NotProven(Reason.ALGORITHM_REFUSED)
        digest = hashlib.new(security_object.signer_digest, security_object.content).digest()
        if (
            security_object.signed_content_type != LDS_SECURITY_OBJECT_ID
            or digest != security_object.signed_digest
        ):
            raise NotProven(Reason.SIGNATURE_INVALID)
        message = security_object.signed_attributes
    verify_signature(
        signer.public_key,
        message,
        security_object.signature,
        algorithm=security_object.signature_algorithm,
        digest=security_object.signer_digest,
    )


def _authority(signer: Certificate, trust: TrustStore) -> Certificate:
    """Return the pinned certificate whose key signed the document signer's."""
    if signer.training_issuer and not trust.training:
        raise NotProven(Reason.TRAINING_CARD)
    if not trust.count:
        raise NotProven(Reason.NO_TRUST_LIST)
    for candidate in trust.named(signer.issuer):
        try:
            verify_signature(
                candidate.public_key,
                signer.signed_part,
                signer.signature,
                algorithm=signer.signature_algorithm,
            )
        except NotProven as failure:
            if failure.reason != Reason.SIGNATURE_INVALID:
                raise
        else:
            return candidate
    raise NotProven(Reason.AUTHORITY_UNKNOWN)


def _check_validity(signer: Certificate, authority: Certificate, at: datetime) -> None:
    if at < signer.not_before or at < authority.not_before:
        raise NotProven(Reason.NOT_YET_VALID)
    if at > authority.not_after:
        raise NotProven(Reason.AUTHORITY_EXPIRED)
    if at > signer.not_after:
        raise NotProven(Reason.SIGNER_EXPIRED)
