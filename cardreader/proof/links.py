"""The way from a certificate up to a pinned root, over link certificates where keys were changed.

An authority that changes its key signs a link: a certificate of the new key under the old one
(Doc 9303-12 §7.1.1, CSCA link certificates). Path lengths are not counted, because a link stands
between two authorities of one rank and the profile gives every authority the path length zero.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from cardreader.errors import MalformedData
from cardreader.proof.certificates import Certificate
from cardreader.proof.reasons import NotProven, Reason
from cardreader.proof.revocation import RevocationList
from cardreader.proof.signatures import verify_signature

MAX_LINKS = 4
MAX_CANDIDATES = 8
MAX_REMEMBERED = 4_096

# The clearest reason first, when several authorities could be meant and none will do.
_CLEAREST = (
    Reason.TRAINING_CARD,
    Reason.AUTHORITY_REVOKED,
    Reason.AUTHORITY_EXPIRED,
    Reason.NOT_YET_VALID,
    Reason.ALGORITHM_REFUSED,
)


class Signed(Protocol):
    """What an authority signs: a certificate or a revocation list."""

    @property
    def fingerprint(self) -> bytes: ...
    @property
    def issuer(self) -> str: ...
    @property
    def issuer_key_identifier(self) -> bytes | None: ...
    @property
    def signed_part(self) -> bytes: ...
    @property
    def signature_algorithm(self) -> bytes: ...
    @property
    def signature(self) -> bytes: ...


class Authorities:
    """The certificates of authorities, found by name and key in one step however many there are.

    Signatures are verified when they are first needed, and remembered. Certificates with the
    training marker count only if `training` is set, SHA-1 only with `sha1`.
    """

    def __init__(
        self,
        certificates: Iterable[Certificate],
        *,
        lists: Iterable[RevocationList] = (),
        training: bool = False,
        sha1: bool = False,
    ) -> None:
        self.training = training
        self.sha1 = sha1
        self._by_subject: dict[str, list[Certificate]] = {}
        self._by_key: dict[tuple[str, bytes], list[Certificate]] = {}
        for certificate in {one.fingerprint: one for one in certificates if one.authority}.values():
            self._by_subject.setdefault(certificate.subject, []).append(certificate)
            if certificate.key_identifier is not None:
                key = (certificate.subject, certificate.key_identifier)
                self._by_key.setdefault(key, []).append(certificate)
        self._lists: dict[str, list[RevocationList]] = {}
        for revocation_list in lists:
            self._lists.setdefault(revocation_list.issuer, []).append(revocation_list)
        self._revoked: dict[str, frozenset[int]] = {}
        self._verified: dict[tuple[bytes, bytes], tuple[Reason | None]] = {}

    def __iter__(self) -> Iterator[Certificate]:
        for same_name in self._by_subject.values():
            yield from same_name

    def named(self, subject: str) -> list[Certificate]:
        """Return the certificates with this subject: several after a change of keys."""
        return self._by_subject.get(subject, [])

    def is_root(self, certificate: Certificate) -> bool:
        """Say whether it is signed with its own key: it was pinned by a person, nobody vouches for it.

        A link between two keys of one name is self-issued, and not self-signed.
        """
        return certificate.self_issued and self._refusal(certificate, certificate) is None

    def way_from(self, authority: Certificate, *, at: datetime | None = None) -> list[Certificate]:
        """Return the authority and who answers for it, the root last; raises NotProven as `way_up`."""
        return self._from(authority, at=at, links=MAX_LINKS)

    def is_revoked(self, certificate: Certificate) -> bool:
        """Say whether a list that an authority of its issuer's name signed names this certificate.

        A list may come from the issuer's next key (Doc 9303-12 §7.2), so it is bound by name.
        """
        issuer = certificate.issuer
        if issuer not in self._revoked:
            lists = [one.serials for one in self._lists.get(issuer, ()) if self.signed_list(one)]
            self._revoked[issuer] = frozenset().union(*lists)
        return certificate.serial in self._revoked[issuer]

    def signed_list(self, revocation_list: RevocationList) -> bool:
        """Say whether an authority here signed this list and may do so."""
        try:
            return self.way_up(revocation_list, at=None)[0].revocation_list_signer
        except NotProven:
            return False

    def way_up(self, signed: Signed, *, at: datetime | None, links: int = MAX_LINKS) -> list[Certificate]:
        """Return who signed it, who signed that one's certificate and so on, the pinned root last.

        There are at most `links` between. All of them are valid at the aware time `at` and not
        revoked; without a time, neither is looked at.

        Raises NotProven: there is no such way. The reason is the clearest of those that stand
        against the authorities that could be meant, else AUTHORITY_UNKNOWN.
        """
        reasons = []
        for candidate in self._candidates(signed):
            try:
                reason = self._refusal(signed, candidate)
                if reason is not None:
                    raise NotProven(reason)
                return self._from(candidate, at=at, links=links)
            except NotProven as failure:
                reasons.append(failure.reason)
        raise NotProven(next((r for r in _CLEAREST if r in reasons), Reason.AUTHORITY_UNKNOWN))

    def _from(self, authority: Certificate, *, at: datetime | None, links: int) -> list[Certificate]:
        if not self.training and authority.for_training:
            raise NotProven(Reason.TRAINING_CARD)
        if at is not None:
            self._refuse_at(authority, at)
        if self.is_root(authority):
            return [authority]
        if links == 0:
            raise NotProven(Reason.AUTHORITY_UNKNOWN)
        above = self.way_up(authority, at=at, links=links - 1)
        if above[0].country != authority.country:  # a country can hand its keys over to nobody else
            raise NotProven(Reason.AUTHORITY_UNKNOWN)
        return [authority, *above]

    def _refuse_at(self, authority: Certificate, at: datetime) -> None:
        if self.is_revoked(authority):
            raise NotProven(Reason.AUTHORITY_REVOKED)
        if at < authority.not_before:
            raise NotProven(Reason.NOT_YET_VALID)
        if at > authority.not_after:
            raise NotProven(Reason.AUTHORITY_EXPIRED)

    def _candidates(self, signed: Signed) -> list[Certificate]:
        """Return who may have signed it: the named key's holders, else those of the name; at most a few.

        A key identifier is a hint for finding the key (RFC 5280 §4.2.1.1); the signature decides.
        """
        named_key = signed.issuer_key_identifier
        found = self._by_key.get((signed.issuer, named_key), []) if named_key is not None else []
        return (found or self.named(signed.issuer))[:MAX_CANDIDATES]

    def _refusal(self, signed: Signed, signer: Certificate) -> Reason | None:
        """Return why the one's key did not sign the other, None if it did."""
        pair = (signed.fingerprint, signer.fingerprint)
        if (known := self._verified.get(pair)) is not None:
            return known[0]
        reason = None
        try:
            verify_signature(
                signer.public_key,
                signed.signed_part,
                signed.signature,
                algorithm=signed.signature_algorithm,
                sha1=self.sha1,
            )
        except NotProven as failure:
            reason = failure.reason
        except MalformedData:  # a key or algorithm of neither standard
            reason = Reason.ALGORITHM_REFUSED
        if len(self._verified) >= MAX_REMEMBERED:
            self._verified.clear()
        self._verified[pair] = (reason,)
        return reason
