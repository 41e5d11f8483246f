"""Passive authentication: the data are those that a pinned authority signed (Doc 9303-11 §5.1).

It proves where the data come from, not that this chip is the original.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime

from cardreader.errors import MalformedData
from cardreader.lds.datagroups import parse_dg1
from cardreader.lds.mrz import CARD_STATE
from cardreader.lds.security_object import SecurityObject, parse_security_object
from cardreader.proof.certificates import Certificate, parse_certificate
from cardreader.proof.evidence import Evidence
from cardreader.proof.reasons import Check, NotProven, Reason
from cardreader.proof.signatures import accepted_hashes
from cardreader.proof.signed_content import check_signed_content
from cardreader.proof.trust import TrustStore

_CARD_COUNTRY = "VN"  # CARD_STATE as certificates write it (ISO 3166-1 alpha-2)


@dataclass(frozen=True, slots=True)
class PassiveResult:
    """The check's outcome; `training` says that the authority is a training one.

    `listed` holds the data groups that EF.SOD names, None when it cannot be read; `root` is the
    pinned authority that answers for them, None unless the check passed.
    """

    check: Check
    training: bool = False
    listed: frozenset[int] | None = field(default=None, compare=False)
    root: Certificate | None = field(default=None, compare=False)

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
        _check_groups(evidence, security_object, sha1=trust.sha1)
        check_signed_content(security_object.signed, signer, sha1=trust.sha1)
        authority = trust.authority_of(signer, at=at)
        root = authority.certificates[-1]
        _check_country(evidence, root.country, trust)
    except NotProven as failure:
        status = Check("not-done" if failure.reason == Reason.NO_TRUST_LIST else "failed", failure.reason)
        return PassiveResult(status, listed=listed)
    except MalformedData:
        return PassiveResult(Check("failed", Reason.SECURITY_OBJECT_MALFORMED), listed=listed)
    return PassiveResult(Check("passed"), training=authority.training, listed=listed, root=root)


def _check_country(evidence: Evidence, country: str, trust: TrustStore) -> None:
    """Refuse a Vietnamese card that another country's authority signed (Doc 9303-12 §7.1.1).

    A trust list may hold many countries; none of them may speak for this one. One that holds a
    single country says by that whose cards it is for, as a test authority's does. An authority that
    names no country was pinned by a person all the same: no master list brings one in. A document
    of another state has no ID number here (`evidence.identity`), whatever its DG13 says.
    """
    try:
        state = parse_dg1(evidence.data_groups[1]).issuer
    except MalformedData:
        return  # it says of nobody that they are Vietnamese
    if state == CARD_STATE and country not in ("", _CARD_COUNTRY) and trust.countries != {country}:
        raise NotProven(Reason.COUNTRY_DIFFERS)


def _check_groups(evidence: Evidence, security_object: SecurityObject, *, sha1: bool) -> None:
    if security_object.digest not in accepted_hashes(sha1=sha1):
        raise NotProven(Reason.ALGORITHM_REFUSED)
    if 1 not in evidence.data_groups:
        raise NotProven(Reason.GROUP_MISSING)
    for number, file in evidence.data_groups.items():
        listed = security_object.group_hashes.get(number)
        if listed is None:
            raise NotProven(Reason.GROUP_NOT_LISTED)
        if not hmac.compare_digest(listed, hashlib.new(security_object.digest, file).digest()):
            raise NotProven(Reason.GROUP_CHANGED)
