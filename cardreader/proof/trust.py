"""The pinned country signing certificates: the only roots a card is measured against (Doc 9303-12 §4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from cardreader.errors import TrustUnreadable
from cardreader.proof.certificates import Certificate
from cardreader.proof.links import Authorities
from cardreader.proof.reasons import NotProven, Reason
from cardreader.proof.revocation import RevocationList
from cardreader.proof.trust_folder import read_trust_folder


@dataclass(frozen=True, slots=True)
class Authority:
    """Who answers for a signer: its issuer first, then over links, the pinned root last.

    `training` says that one of them, or the signer itself, carries the training marker.
    """

    certificates: tuple[Certificate, ...]
    training: bool


class TrustStore:
    """Country signing certificates, the links between them, and the lists of what they revoked.

    Those of a training authority count only if `training` is set, SHA-1 only with `sha1`.
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
        self.authorities = Authorities(certificates, lists=lists, training=training, sha1=sha1)
        counted = [one for one in self.authorities if one.self_issued and (training or not one.for_training)]
        self.count = len(counted)
        self.countries = frozenset(one.country for one in counted)

    def authority_of(self, signer: Certificate, *, at: datetime) -> Authority:
        """Return who answers for a document signer, every certificate being valid at `at` (aware).

        Raises NotProven: NO_TRUST_LIST, TRAINING_CARD, AUTHORITY_UNKNOWN, _EXPIRED or _REVOKED,
        NOT_YET_VALID, ALGORITHM_REFUSED, or of the signer itself SIGNER_NOT_PERMITTED, _EXPIRED
        or _REVOKED.
        """
        return self._answering(signer, at=at, permitted=signer.document_signer)

    def authority_of_master_list(self, signer: Certificate, *, at: datetime) -> Authority:
        """Return who answers for the signer of a master list; raises as `authority_of`."""
        return self._answering(signer, at=at, permitted=signer.master_list_signer)

    def _answering(self, signer: Certificate, *, at: datetime, permitted: bool) -> Authority:
        if signer.for_training and not self.training:
            raise NotProven(Reason.TRAINING_CARD)
        if not self.count:
            raise NotProven(Reason.NO_TRUST_LIST)
        above = self.authorities.way_up(signer, at=at)
        if not permitted:
            raise NotProven(Reason.SIGNER_NOT_PERMITTED)
        if self.authorities.is_revoked(signer):
            raise NotProven(Reason.SIGNER_REVOKED)
        if at < signer.not_before:
            raise NotProven(Reason.NOT_YET_VALID)
        if at > signer.not_after:
            raise NotProven(Reason.SIGNER_EXPIRED)
        return Authority(tuple(above), training=any(part.for_training for part in (signer, *above)))

    @classmethod
    def from_directory(cls, directory: Path, *, training: bool = False, sha1: bool = False) -> Self:
        """Return the certificates and revocation lists in the files of a directory (`trust_folder`).

        A certificate that may not sign others is never an authority.

        Raises TrustUnreadable: no such directory, a file of it is neither certificate nor list, or
        no authority in it signed a list: to go on without what that revokes would be to fail open.
        """
        files = read_trust_folder(directory)
        certificates = [certificate for file in files for certificate in file.certificates]
        every = Authorities(certificates, training=True, sha1=True)
        for file in files:
            if not all(map(every.signed_list, file.lists)):
                raise TrustUnreadable(f"no authority of the directory signed the list in {file.path.name}")
        lists = [revocation_list for file in files for revocation_list in file.lists]
        return cls(certificates, lists=lists, training=training, sha1=sha1)
