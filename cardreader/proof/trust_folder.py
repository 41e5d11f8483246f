"""The folder of a trust list, read: `cardreader.trust_list` adds to it.

A file holds one certificate or revocation list in DER, or any number of both in PEM.
"""

import os
import re
import stat
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from cardreader.errors import MalformedData, TrustUnreadable
from cardreader.lds.tlv import read_all, read_one, read_tlv
from cardreader.proof.certificates import Certificate, parse_certificate
from cardreader.proof.revocation import RevocationList, parse_revocation_list

MAX_TRUST_FILE_BYTES = 16_000_000
SUFFIXES = frozenset({".cer", ".crt", ".der", ".pem", ".crl"})

_ARMOR = re.compile(
    rb"-----BEGIN (CERTIFICATE|X509 CRL)-----([A-Za-z0-9+/=\s]+)-----END (?:CERTIFICATE|X509 CRL)-----"
)
_SEQUENCE, _TIMES = 0x30, (0x17, 0x18)


@dataclass(frozen=True, slots=True)
class TrustFile:
    """A file of the folder and what it holds."""

    path: Path
    certificates: tuple[Certificate, ...]
    lists: tuple[RevocationList, ...]


def read_trust_folder(directory: Path) -> list[TrustFile]:
    """Return what the files with an ending in SUFFIXES hold, by name; other files are ignored.

    Raises TrustUnreadable: no such folder, or such a file that is neither certificate nor list.
    """
    try:
        paths = sorted(path for path in directory.iterdir() if path.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise TrustUnreadable(f"the certificate directory cannot be read: {error.strerror}") from error
    return [parse_trust_file(path, read_bounded(path, MAX_TRUST_FILE_BYTES)) for path in paths]


def read_bounded(path: Path, limit: int) -> bytes:
    """Return a file's content.

    Raises TrustUnreadable: it cannot be read, has more than `limit` bytes, or is a pipe or device,
    which might keep us waiting.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise TrustUnreadable(f"{path.name} is not a file", file=path.name)
            data = file.read(limit + 1)
    except OSError as error:
        raise TrustUnreadable(f"{path.name} cannot be read: {error.strerror}", file=path.name) from error
    if len(data) > limit:
        raise TrustUnreadable(f"{path.name} is too large for a trust list", file=path.name)
    return data


def parse_trust_file(path: Path, data: bytes) -> TrustFile:
    """Return what the file at `path` with this content holds.

    Raises TrustUnreadable: neither certificates nor revocation lists.
    """
    certificates, lists = [], []
    try:
        for der in _unarmored(data):
            if _is_revocation_list(der):
                lists.append(parse_revocation_list(der))
            else:
                certificates.append(parse_certificate(der))
    except (MalformedData, ValueError) as error:
        raise TrustUnreadable(f"{path.name} is not a certificate", file=path.name) from error
    if not certificates and not lists:
        raise TrustUnreadable(f"{path.name} holds no certificate", file=path.name)
    return TrustFile(path, tuple(certificates), tuple(lists))


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes to opens too (POSIX.1, open)."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _unarmored(data: bytes) -> list[bytes]:
    """Return what PEM blocks hold; what is DER is never searched for them, as a name might spell one."""
    try:
        read_one(data, _SEQUENCE)
    except MalformedData:
        return [_content(body) for _, body in _ARMOR.findall(data)] if b"-----BEGIN" in data else [data]
    return [data]


def _content(body: bytes) -> bytes:
    """Return what the letters of a block hold; the bits that pad the last one are zero (RFC 4648 §3.5).

    Raises ValueError: they are not, or it is no base64.
    """
    content = b64decode(body)
    if b64encode(content) != b"".join(body.split()):
        raise ValueError("a block is not base64 as it is written")
    return content


def _is_revocation_list(der: bytes) -> bool:
    """Tell a list from a certificate: among its first four parts is a time (RFC 5280 §4.1, §5.1)."""
    tag, signed, _ = read_tlv(read_one(der, _SEQUENCE))
    return tag == _SEQUENCE and any(part in _TIMES for part, _ in read_all(signed)[:4])
