"""The folder of a trust list: its files are read, and a new one is added whole or not at all.

A file holds one certificate or revocation list in DER, or any number of both in PEM.
"""

import os
import re
import secrets
from base64 import b64decode, encodebytes
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cardreader.errors import MalformedData, TrustRefused, TrustUnreadable, TrustUnwritable
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
        raise TrustUnreadable(f"the certificate directory cannot be read: {type(error).__name__}") from error
    return [parse_trust_file(path, read_bounded(path, MAX_TRUST_FILE_BYTES)) for path in paths]


def read_bounded(path: Path, limit: int) -> bytes:
    """Return a file's content.

    Raises TrustUnreadable: it cannot be read, or has more than `limit` bytes.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise TrustUnreadable(f"{path.name} cannot be read: {type(error).__name__}") from error
    if len(data) > limit:
        raise TrustUnreadable(f"{path.name} is too large for a trust list")
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
        raise TrustUnreadable(f"{path.name} is not a certificate") from error
    if not certificates and not lists:
        raise TrustUnreadable(f"{path.name} holds no certificate")
    return TrustFile(path, tuple(certificates), tuple(lists))


def add_trust_file(
    directory: Path, certificates: Sequence[Certificate], lists: Sequence[RevocationList]
) -> Path:
    """Write one new PEM file that everybody may read, and return it once it is on the disk.

    The folder is made if there is none. The file appears under its name in one step: whoever
    reads the folder sees all of it or nothing, also after a power cut.

    Raises TrustUnwritable. TrustRefused: it would be more than MAX_TRUST_FILE_BYTES.
    """
    blocks = [_armored(b"CERTIFICATE", one.der) for one in certificates]
    blocks += [_armored(b"X509 CRL", one.der) for one in lists]
    content = b"".join(blocks)
    if len(content) > MAX_TRUST_FILE_BYTES:
        raise TrustRefused("trust.too-much", "what is offered")
    target = directory / f"{_prefix(certificates, lists)}-{sha256(content).hexdigest()[:16]}.pem"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _write(target, content)
    except OSError as error:
        raise TrustUnwritable(f"the trust list cannot be written: {type(error).__name__}") from error
    return target


def remove_superseded(files: Iterable[TrustFile], lists: Sequence[RevocationList]) -> None:
    """Remove the files that hold nothing but revocation lists which `lists` stand for.

    Raises TrustUnwritable.
    """
    try:
        for file in files:
            replaced = [any(new.supersedes(old) for new in lists) for old in file.lists]
            if not file.certificates and all(replaced):
                file.path.unlink(missing_ok=True)
    except OSError as error:
        raise TrustUnwritable(f"the trust list cannot be written: {type(error).__name__}") from error


def _unarmored(data: bytes) -> list[bytes]:
    """Return what PEM blocks hold; what is DER is never searched for them, as a name might spell one."""
    try:
        read_one(data, _SEQUENCE)
    except MalformedData:
        return [b64decode(body) for _, body in _ARMOR.findall(data)] if b"-----BEGIN" in data else [data]
    return [data]


def _is_revocation_list(der: bytes) -> bool:
    """Tell a list from a certificate: among its first four parts is a time (RFC 5280 §4.1, §5.1)."""
    tag, signed, _ = read_tlv(read_one(der, _SEQUENCE))
    return tag == _SEQUENCE and any(part in _TIMES for part, _ in read_all(signed)[:4])


def _armored(label: bytes, der: bytes) -> bytes:
    """Return the PEM block; beside it stand digits only, as a name could smuggle in a block of its own."""
    digits = sha256(der).hexdigest().encode("ascii")
    return b"SHA-256 %s\n-----BEGIN %s-----\n%s-----END %s-----\n" % (digits, label, encodebytes(der), label)


def _prefix(certificates: Sequence[Certificate], lists: Sequence[RevocationList]) -> str:
    countries = {one.country for one in certificates} | {one.country for one in lists}
    country = countries.pop() if len(countries) == 1 else ""
    return country.lower() if re.fullmatch(r"[A-Z]{2}", country) else "several"


def _write(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
