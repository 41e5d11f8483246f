"""The pinned country signing certificates: the only roots a card is measured against (Doc 9303-12 §4)."""

import re
from base64 import b64decode
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Self

from cardreader.errors import MalformedData, TrustUnreadable
from cardreader.proof.certificates import TRAINING_MARKER, Certificate, parse_certificate
from cardreader.proof.links import Authorities, Authority
from cardreader.proof.reasons import NotProven, Reason

__all__ = ["MAX_TRUST_FILE_BYTES", "TRAINING_MARKER", "TrustStore"]

MAX_TRUST_FILE_BYTES = 1_000_000

_SUFFIXES = {".cer", ".crt", ".der", ".pem"}
_ARMOR = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


class TrustStore:
    """Country signing certificates, and the links between them.

    Those of a training authority count only if `training` is set, SHA-1 only with `sha1`.
    """

    def __init__(
        self, certificates: Iterable[Certificate], *, training: bool = False, sha1: bool = False
    ) -> None:
        self.training = training
        self.sha1 = sha1
        self._authorities = Authorities(
            (certificate for certificate in certificates if certificate.authority), sha1=sha1
        )
        self.count = sum(self._counts(certificate) for certificate in self._authorities)

    def named(self, subject: str) -> list[Certificate]:
        """Return the certificates with this subject: several after a change of keys."""
        return self._authorities.named(subject)

    def authority_of(self, signer: Certificate, *, at: datetime) -> Authority:
        """Return who answers for a document signer, every certificate being valid at `at` (aware).

        Raises NotProven: NO_TRUST_LIST, TRAINING_CARD, AUTHORITY_UNKNOWN, AUTHORITY_EXPIRED,
        NOT_YET_VALID, ALGORITHM_REFUSED, or the signer's own SIGNER_NOT_PERMITTED and SIGNER_EXPIRED.
        """
        self._refuse_training((signer,))
        if not self.count:
            raise NotProven(Reason.NO_TRUST_LIST)
        above = self._authorities.way_up(signer, at=at)
        chain = (signer, *above)
        self._refuse_training(chain)
        if not signer.document_signer:
            raise NotProven(Reason.SIGNER_NOT_PERMITTED)
        if at < signer.not_before:
            raise NotProven(Reason.NOT_YET_VALID)
        if at > signer.not_after:
            raise NotProven(Reason.SIGNER_EXPIRED)
        return Authority(tuple(above), training=any(_training(part) for part in chain))

    def _refuse_training(self, chain: Iterable[Certificate]) -> None:
        if not self.training and any(_training(certificate) for certificate in chain):
            raise NotProven(Reason.TRAINING_CARD)

    def _counts(self, certificate: Certificate) -> bool:
        return certificate.self_issued and (self.training or not _training(certificate))

    @classmethod
    def from_directory(cls, directory: Path, *, training: bool = False, sha1: bool = False) -> Self:
        """Return the certificates in the .cer, .crt, .der and .pem files of a directory.

        A certificate that may not sign others is never an anchor. Other files are ignored.

        Raises TrustUnreadable: no such directory, or such a file that is not a certificate.
        """
        try:
            files = sorted(file for file in directory.iterdir() if file.suffix.lower() in _SUFFIXES)
            contents = [(file, _read(file)) for file in files]
        except OSError as error:
            raise TrustUnreadable(
                f"the certificate directory cannot be read: {type(error).__name__}"
            ) from error
        return cls(
            (certificate for file, data in contents for certificate in _certificates(file, data)),
            training=training,
            sha1=sha1,
        )


def _training(certificate: Certificate) -> bool:
    return certificate.training or certificate.training_issuer


def _read(file: Path) -> bytes:
    if file.stat().st_size > MAX_TRUST_FILE_BYTES:
        raise TrustUnreadable(f"{file.name} is too large for a certificate")
    return file.read_bytes()


def _certificates(file: Path, data: bytes) -> list[Certificate]:
    """Return what a file holds: one certificate in DER, or one and more in PEM."""
    try:
        encoded = [b64decode(block) for block in _ARMOR.findall(data)] if b"-----BEGIN" in data else [data]
        found = [parse_certificate(der) for der in encoded]
    except (MalformedData, ValueError) as error:
        raise TrustUnreadable(f"{file.name} is not a certificate") from error
    if not found:
        raise TrustUnreadable(f"{file.name} holds no certificate")
    return found
