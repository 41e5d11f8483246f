"""The way from a certificate up to a pinned root, over link certificates where keys were changed.

An authority that changes its key signs a link: a certificate of the new key under the old one
(Doc 9303-12 §7.1.1, CSCA link certificates). Path lengths are not counted, because a link stands
between two authorities of one rank and the profile gives every authority the path length zero.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from cardreader.errors import MalformedData
from cardreader.proof.certificates import Certificate
from cardreader.proof.reasons import NotProven, Reason
from cardreader.proof.signatures import verify_signature

MAX_LINKS = 4
MAX_CANDIDATES = 8
MAX_REMEMBERED = 4_096

# The clearer reason first, when several authorities could be meant and none will do.
_CLEARER = (Reason.TRAINING_CARD, Reason.AUTHORITY_EXPIRED, Reason.NOT_YET_VALID, Reason.ALGORITHM_REFUSED)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who answers for a signer: its issuer first, the pinned root last.

    `training` says that one of them, or the signer itself, carries the training marker.
    """

    certificates: tuple[Certificate, ...]
    training: bool

    @property
    def root(self) -> Certificate:
        """The pinned certificate at the end of the way."""
        return self.certificates[-1]


class Authorities:
    """The certificates of authorities, found by name and key in one step however many there are.

    Signatures are verified when they are first needed, and remembered.
    """

    def __init__(self, certificates: Iterable[Certificate], *, sha1: bool) -> None:
        self._sha1 = sha1
        self._by_subject: dict[str, list[Certificate]] = {}
        self._by_key: dict[tuple[str, bytes], list[Certificate]] = {}
        self._verified: dict[tuple[bytes, bytes], Reason | None] = {}
        known: set[bytes] = set()
        for certificate in certificates:
            if certificate.fingerprint in known:
                continue
            known.add(certificate.fingerprint)
            self._by_subject.setdefault(certificate.subject, []).append(certificate)
            if certificate.key_identifier is not None:
                key = (certificate.subject, certificate.key_identifier)
                self._by_key.setdefault(key, []).append(certificate)

    def __iter__(self) -> Iterator[Certificate]:
        for same_name in self._by_subject.values():
            yield from same_name

    def named(self, subject: str) -> list[Certificate]:
        """Return the certificates with this subject: several after a change of keys."""
        return self._by_subject.get(subject, [])

    def is_root(self, certificate: Certificate) -> bool:
        """Say whether it is signed with its own key: it was pinned by a person, nobody vouches for it.

        Raises NotProven: ALGORITHM_REFUSED, so that this cannot be known.
        """
        if not certificate.self_issued:
            return False
        reason = self._refusal(certificate, certificate)
        if reason is Reason.ALGORITHM_REFUSED:
            raise NotProven(reason)
        return reason is None

    def way_up(self, certificate: Certificate, *, at: datetime, links: int = MAX_LINKS) -> list[Certificate]:
        """Return the issuer of a certificate, its issuer and so on, the pinned root last.

        All of them are valid at the aware time `at`; there are at most `links` between.

        Raises NotProven: there is no such way. The reason is the clearest of those that stand
        against the authorities that could be meant, else AUTHORITY_UNKNOWN.
        """
        reasons = []
        for candidate in self._candidates(certificate):
            try:
                reason = self._refusal(certificate, candidate)
                if reason is not None:
                    raise NotProven(reason)
                return self._from(candidate, at=at, links=links)
            except NotProven as failure:
                reasons.append(failure.reason)
        raise NotProven(next((r for r in _CLEARER if r in reasons), Reason.AUTHORITY_UNKNOWN))

    def _from(self, authority: Certificate, *, at: datetime, links: int) -> list[Certificate]:
        if at < authority.not_before:
            raise NotProven(Reason.NOT_YET_VALID)
        if at > authority.not_after:
            raise NotProven(Reason.AUTHORITY_EXPIRED)
        if self.is_root(authority):
            return [authority]
        if links == 0:
            raise NotProven(Reason.AUTHORITY_UNKNOWN)
        above = self.way_up(authority, at=at, links=links - 1)
        if above[0].country != authority.country:  # a country can hand its keys over to nobody else
            raise NotProven(Reason.AUTHORITY_UNKNOWN)
        return [authority, *above]

    def _candidates(self, certificate: Certificate) -> list[Certificate]:
        """Return who may have signed it: the named key's holders, else those of the name; at most a few.

        A key identifier is a hint for finding the key (RFC 5280 §4.2.1.1); the signature decides.
        """
        named_key = certificate.issuer_key_identifier
        found = self._by_key.get((certificate.issuer, named_key), []) if named_key is not None else []
        return (found or self.named(certificate.issuer))[:MAX_CANDIDATES]

    def _refusal(self, certificate: Certificate, signer: Certificate) -> Reason | None:
        """Return why the one's key did not sign the other, None if it did."""
        pair = (certificate.fingerprint, signer.fingerprint)
        if pair in self._verified:
            return self._verified[pair]
        reason = None
        try:
            verify_signature(
                signer.public_key,
                certificate.signed_part,
                certificate.signature,
                algorithm=certificate.signature_algorithm,
                sha1=self._sha1,
            )
        except NotProven as failure:
            reason = failure.reason
        except MalformedData:  # a key or algorithm of neither standard
            reason = Reason.ALGORITHM_REFUSED
        if len(self._verified) >= MAX_REMEMBERED:
            self._verified.clear()
        self._verified[pair] = reason
        return reason
