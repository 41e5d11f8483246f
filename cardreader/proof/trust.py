"""The pinned country signing certificates: the only roots a card is measured against (Doc 9303-12 §4)."""

import re
from base64 import b64decode
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from cardreader.errors import MalformedData, TrustUnreadable
from cardreader.proof.certificates import TRAINING_MARKER, Certificate, parse_certificate

__all__ = ["MAX_TRUST_FILE_BYTES", "TRAINING_MARKER", "TrustStore"]

MAX_TRUST_FILE_BYTES = 1_000_000

_SUFFIXES = {".cer", ".crt", ".der", ".pem"}
_ARMOR = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


class TrustStore:
    """Country signing certificates by their subject.

    Those of a training authority are left out unless `training` is set.
    """

    def __init__(self, certificates: Iterable[Certificate], *, training: bool = False) -> None:
        self.training = training
        self._by_subject: dict[str, list[Certificate]] = {}
        for certificate in certificates:
            if certificate.authority and (training or not certificate.training):
                self._by_subject.setdefault(certificate.subject, []).append(certificate)

    @property
    def count(self) -> int:
        """How many anchors there are."""
        return sum(map(len, self._by_subject.values()))

    def named(self, subject: str) -> list[Certificate]:
        """Return the pinned certificates with this subject: several after a change of keys."""
        return self._by_subject.get(subject, [])

    @classmethod
    def from_directory(cls, directory: Path, *, training: bool = False) -> Self:
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
        )


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
