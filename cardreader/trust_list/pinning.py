"""Which certificates and lists that a person offers may join a trust list (Doc 9303-12 §4, §8).

A certificate file is pinned because a person gives it. A master list pins nothing by itself:
its signer must chain to a certificate that is pinned already, or that a person names by its
fingerprint. What is offered together is taken together or not at all.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cardreader.errors import MalformedData, TrustRefused
from cardreader.lds.master_list import MasterList
from cardreader.proof.certificates import Certificate, parse_certificate
from cardreader.proof.links import Authorities
from cardreader.proof.reasons import NotProven, Reason
from cardreader.proof.revocation import RevocationList
from cardreader.proof.signed_content import check_signed_content
from cardreader.proof.trust import Authority, TrustStore
from cardreader.proof.trust_folder import TrustFile
from cardreader.trust_list.strength import refusal_of

_NOT_VOUCHED = {
    Reason.TRAINING_CARD: "trust.training",
    Reason.ALGORITHM_REFUSED: "trust.algorithm-refused",
    Reason.SIGNATURE_INVALID: "trust.signature-invalid",
    Reason.SIGNER_NOT_PERMITTED: "trust.signer-not-permitted",
    Reason.SIGNER_EXPIRED: "trust.signer-not-valid",
    Reason.AUTHORITY_EXPIRED: "trust.signer-not-valid",
    Reason.NOT_YET_VALID: "trust.signer-not-valid",
    Reason.SIGNER_REVOKED: "trust.signer-revoked",
    Reason.AUTHORITY_REVOKED: "trust.signer-revoked",
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """How offers are judged at the aware time `at`.

    `accept` are SHA-256 fingerprints of authorities whose master lists are taken besides those
    of pinned ones. Without a `country` (two capital letters) those of every country are taken.
    """

    at: datetime
    accept: frozenset[bytes] = frozenset()
    country: str | None = None
    training: bool = False
    sha1: bool = False


@dataclass(frozen=True, slots=True)
class Addition:
    """What is to be added, and what became of the rest.

    `skipped` are certificates of master lists that cannot be used, each with the failure code
    why; `known` counts what is there already, `elsewhere` what another country issued. `signers`
    are the authorities that answer for the master lists.
    """

    certificates: tuple[Certificate, ...]
    lists: tuple[RevocationList, ...]
    signers: tuple[Certificate, ...]
    skipped: dict[bytes, str]
    known: int
    elsewhere: int


class Pinning:
    """What is offered to a trust list, judged when `settle` is called."""

    def __init__(self, present: Collection[TrustFile], conditions: Conditions) -> None:
        self._present = {one.fingerprint: one for file in present for one in file.certificates}
        self._present_lists = {one.fingerprint: one for file in present for one in file.lists}
        self._conditions = conditions
        self._given: dict[bytes, tuple[Certificate, str]] = {}
        self._listed: dict[bytes, Certificate] = {}
        self._lists: dict[bytes, tuple[RevocationList, str]] = {}
        self._signers: dict[bytes, Certificate] = {}
        self._skipped: dict[bytes, str] = {}
        self._elsewhere = 0

    def offer_file(self, file: TrustFile) -> None:
        """Take in the certificates and lists of a file that a person gave."""
        for certificate in file.certificates:
            if self._wanted(certificate):
                self._given[certificate.fingerprint] = certificate, file.path.name
        for revocation_list in file.lists:
            if self._wanted(revocation_list):
                self._lists[revocation_list.fingerprint] = revocation_list, file.path.name

    def offer_master_list(self, offered: MasterList, name: str) -> None:
        """Take in the certificates of a master list; `name` is its file's.

        One that states no country, or several, is skipped unless a person gives it by itself: it
        could sign any country's cards, and whoever signed the list would have brought it in.

        Raises TrustRefused: nobody who is trusted signed it, or a training authority did and it
        lists certificates without the training marker.
        """
        authority = self._signer(offered, name)
        for der in offered.certificates:
            try:
                certificate = parse_certificate(der)
            except MalformedData:
                self._skipped[sha256(der).digest()] = "trust.certificate-malformed"
                continue
            if authority.training and not certificate.training:
                raise TrustRefused("trust.training-vouches", name)
            known = certificate.fingerprint in self._given or certificate.fingerprint in self._present
            if not certificate.country and not known:
                self._skipped[certificate.fingerprint] = "trust.country-missing"
            elif self._wanted(certificate):
                self._listed[certificate.fingerprint] = certificate
        root = authority.certificates[-1]
        self._signers[root.fingerprint] = root

    @property
    def authorities(self) -> Authorities:
        """Those that are there together with those offered."""
        given = (certificate for certificate, _ in self._given.values())
        return Authorities(
            [*self._present.values(), *self._listed.values(), *given],
            training=self._conditions.training,
            sha1=self._conditions.sha1,
        )

    def settle(self) -> Addition:
        """Return what is to be added of all that was offered.

        Raises TrustRefused: a certificate that was given is no authority's, or leads to no pinned
        root; or no authority of the list signed a revocation list.
        """
        offered = self._listed | {fingerprint: one for fingerprint, (one, _) in self._given.items()}
        authorities = self.authorities
        self._refuse_given(authorities)
        for fingerprint, certificate in self._listed.items():
            if code := unusable(certificate, authorities):
                self._skipped[fingerprint] = code
        usable = [one for one in offered.values() if one.fingerprint not in self._skipped]
        new = tuple(one for one in usable if one.fingerprint not in self._present)
        lists = tuple(one for one, _ in self._lists.values() if not self._stands(one))
        return Addition(
            certificates=new,
            lists=lists,
            signers=tuple(self._signers.values()),
            skipped=dict(self._skipped),
            known=len(usable) - len(new) + len(self._lists) - len(lists),
            elsewhere=self._elsewhere,
        )

    def _refuse_given(self, authorities: Authorities) -> None:
        for certificate, name in self._given.values():
            if code := unusable(certificate, authorities):
                raise TrustRefused(code, name)
        for revocation_list, name in self._lists.values():
            if not authorities.signed_list(revocation_list):
                raise TrustRefused("trust.revocation-list-unsigned", name)

    def _wanted(self, offered: Certificate | RevocationList) -> bool:
        if self._conditions.country in (None, offered.country):
            return True
        self._elsewhere += 1
        return False

    def _stands(self, revocation_list: RevocationList) -> bool:
        """Say whether the list is there, or a later one of the same key."""
        present = self._present_lists
        return revocation_list.fingerprint in present or any(
            one.supersedes(revocation_list) for one in present.values()
        )

    def _signer(self, offered: MasterList, name: str) -> Authority:
        """Return who answers for a master list's signer."""
        beside = (*offered.certificates, *offered.signed.certificates)
        try:
            signer = parse_certificate(offered.signed.signer_certificate)
            named = [one for one in beside if sha256(one).digest() in self._conditions.accept]
            store = TrustStore(
                [
                    *self._present.values(),
                    *(one for one, _ in self._given.values()),
                    *map(parse_certificate, named),
                ],
                lists=self._present_lists.values(),
                training=self._conditions.training,
                sha1=self._conditions.sha1,
            )
            authority = store.authority_of_master_list(signer, at=self._conditions.at)
            check_signed_content(offered.signed, signer, sha1=self._conditions.sha1)
        except NotProven as failure:
            raise TrustRefused(_NOT_VOUCHED.get(failure.reason, "trust.signer-unknown"), name) from failure
        except MalformedData as error:
            raise TrustRefused("trust.certificate-malformed", name) from error
        return authority


def unusable(certificate: Certificate, authorities: Authorities) -> str | None:
    """Return the failure code of a certificate that can be neither root nor link, None if it can."""
    if not certificate.authority:
        return "trust.not-an-authority"
    try:
        authorities.way_from(certificate)
    except NotProven as failure:
        if failure.reason == Reason.ALGORITHM_REFUSED:
            return refusal_of(certificate)
        return _NOT_VOUCHED.get(failure.reason, "trust.link-astray")
    return None
