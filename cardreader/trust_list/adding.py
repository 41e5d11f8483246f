"""Files of a trust list's folder written and removed: a new one is added whole or not at all."""

import re
from base64 import encodebytes
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from cardreader.errors import TrustRefused, TrustUnwritable
from cardreader.proof.certificates import Certificate
from cardreader.proof.revocation import RevocationList
from cardreader.proof.trust_folder import MAX_TRUST_FILE_BYTES, TrustFile
from cardreader.whole_files import write_whole


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
        write_whole(target, content, mode=0o644)
    except OSError as error:
        raise TrustUnwritable(f"the trust list cannot be written: {error.strerror}") from error
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
        raise TrustUnwritable(f"the trust list cannot be written: {error.strerror}") from error


def _armored(label: bytes, der: bytes) -> bytes:
    """Return the PEM block; beside it stand digits only, as a name could smuggle in a block of its own."""
    digits = sha256(der).hexdigest().encode("ascii")
    return b"SHA-256 %s\n-----BEGIN %s-----\n%s-----END %s-----\n" % (digits, label, encodebytes(der), label)


def _prefix(certificates: Sequence[Certificate], lists: Sequence[RevocationList]) -> str:
    countries = {one.country for one in certificates} | {one.country for one in lists}
    country = countries.pop() if len(countries) == 1 else ""
    return country.lower() if re.fullmatch(r"[A-Z]{2}", country) else "several"
