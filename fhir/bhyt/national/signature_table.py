"""The table of signers and the folder of authorities, read: docs/signatures.md shows both."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from cryptography import x509

from bhyt.errors import SignatureBroken, SignersUnreadable
from bhyt.national.signature_key_info import check_readable, read_certificate
from bhyt.national.signature_signers import Signer, Signers

MAX_TABLE_BYTES = 20_000_000
"""The largest table of signers: some 200,000 lines."""

MAX_AUTHORITY_BYTES = 1_000_000
"""The largest file of an authority's certificates."""

COLUMNS = ("facility", "certificate_sha256", "tax_code", "organization", "valid_from", "valid_to", "note")
SUFFIXES = frozenset({".cer", ".crt", ".der", ".pem"})

_FACILITY = re.compile(r"[0-9A-Z]{5}")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def read_signers(table: Path | None, authorities: Path | None) -> Signers:
    """Return what a CSV of signers and a folder of authorities' certificates say; each may be missing.

    Raises SignersUnreadable: a file that cannot be read, naming it and the line.
    """
    known = tuple(_lines(table)) if table else ()
    found = tuple(_certificates(authorities)) if authorities else ()
    return Signers(known, found)


def _lines(path: Path) -> Iterator[Signer]:
    try:
        text = _read(path, MAX_TABLE_BYTES).decode("utf-8-sig")
        rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        if not {"facility"} <= set(rows.fieldnames or ()) <= set(COLUMNS):
            raise SignersUnreadable(f"{path.name}:1", f"the columns are {', '.join(COLUMNS)}")
        for row in rows:
            yield _signer(row, f"{path.name}:{rows.line_num}")
    except (csv.Error, UnicodeDecodeError) as error:
        raise SignersUnreadable(path.name, "not a CSV table in UTF-8") from error


def _signer(row: Mapping[str | None, str | None], place: str) -> Signer:
    if None in row or None in row.values():
        raise SignersUnreadable(place, "more or fewer cells than columns")
    cells = {str(name): (cell or "").strip() for name, cell in row.items()}
    fingerprint = re.sub(r"[\s:]", "", cells.get("certificate_sha256", "")).lower()
    if not _FACILITY.fullmatch(cells["facility"]):
        raise SignersUnreadable(place, "facility has five characters")
    if fingerprint and not _FINGERPRINT.fullmatch(fingerprint):
        raise SignersUnreadable(place, "certificate_sha256 has 64 hexadecimal digits")
    if not (fingerprint or cells.get("tax_code") or cells.get("organization")):
        raise SignersUnreadable(place, "names no certificate, tax code or organization")
    return Signer(
        facility=cells["facility"],
        fingerprint=bytes.fromhex(fingerprint) if fingerprint else None,
        tax_code=cells.get("tax_code") or None,
        organization=cells.get("organization") or None,
        valid_from=_day(cells.get("valid_from"), place) or date.min,
        valid_to=_day(cells.get("valid_to"), place) or date.max,
    )


def _day(text: str | None, place: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise SignersUnreadable(place, "a day is written 2026-10-31") from error


def _certificates(folder: Path) -> Iterator[x509.Certificate]:
    """Yield the certificates of the folder's files, in DER or PEM; other endings are ignored."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise SignersUnreadable(folder.name, f"cannot be read ({error.strerror})") from error
    for path in paths:
        data = _read(path, MAX_AUTHORITY_BYTES)
        try:
            if b"-----BEGIN" in data:
                yield from map(check_readable, x509.load_pem_x509_certificates(data))
            else:
                yield read_certificate(data)
        except (ValueError, x509.InvalidVersion, SignatureBroken) as error:
            raise SignersUnreadable(path.name, "not a certificate") from error


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise SignersUnreadable(path.name, f"cannot be read ({error.strerror})") from error
    if len(data) > limit:
        raise SignersUnreadable(path.name, f"larger than {limit} bytes")
    return data
