"""Whose signature it is: which certificates belong to which facility, and who vouches for them.

A certificate named by its fingerprint needs nobody else. One named by its owner's tax code or
organization must come from an authority of the folder, because anybody can write a name into a
certificate of his own. Revocation is not asked about: no network (docs/signatures.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from bhyt.national.signature import PROFILES, Mathematics, SignatureFound
from bhyt.national.signature_key_info import lifetime, may_sign, names, read_certificate
from bhyt.national.signature_reading import SIGNING_YEARS, Profile
from bhyt.national.signature_xml import PLACE
from bhyt.problems import Problem
from bhyt.records.dates import VIETNAM
from bhyt.records.person import fold_name

Status = Mathematics | Literal["expired", "foreign", "unknown-signer"]

MAX_CHAIN = 4
"""How many certificates may stand between the signer's and an authority of the folder, both included."""

_CODES: dict[Status, str] = {
    "none": "signature.missing",
    "broken": "signature.broken",
    "unsupported": "signature.unsupported",
    "too-large-to-verify": "signature.too-large",
    "expired": "signature.expired",
    "foreign": "signature.foreign",
    "unknown-signer": "signature.unknown-signer",
}
_WEAK = (hashes.MD5, hashes.SHA1)


@dataclass(frozen=True, slots=True)
class Signer:
    """Says that a facility signs with a certificate, from a day to a day, both included.

    The certificate is named by its SHA-256 (`fingerprint`), the owner's tax code or organization,
    the last compared folded as people's names are; what is None is not compared.
    """

    facility: str
    fingerprint: bytes | None = None
    tax_code: str | None = None
    organization: str | None = None
    valid_from: date = date.min
    valid_to: date = date.max


@dataclass(frozen=True, slots=True)
class Signers:
    """What an insurer or a hospital knows of signers; with nothing in it every signer is unknown."""

    known: tuple[Signer, ...] = ()
    authorities: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """What a file's signature is worth to this facility; `code` is the finding, None when there is none."""

    status: Status
    signer: str | None
    profile: Profile | None
    code: str | None

    def problem(self) -> Problem | None:
        """Return the finding about the file as a whole, with the signer's name as its value."""
        if self.code is None:
            return None
        return Problem(code=self.code, severity="warning", dossier=0, field=PLACE, value=self.signer)

    def to_json(self) -> dict[str, str | None]:
        """Return the signature as reports show it."""
        return {"status": self.status, "signer": self.signer, "profile": self.profile}


def judge(found: SignatureFound, *, facility: str, signers: Signers, on: date) -> Signature:
    """Return whether it is the signature of `facility`, by what `signers` knew when it was made.

    It was made at the SigningTime that is signed; else `on`, the file's NGAYLAP or day of receipt.
    """
    status: Status = found.status
    if status == "valid" and found.certificate:
        certificate = read_certificate(found.certificate)
        others = tuple(map(read_certificate, found.others))
        status = _whose(certificate, others, facility, signers, _made(found.signed_at, on))
    code = _CODES.get(status)
    if status == "valid" and PROFILES.get(found.root or "") != found.profile:
        code = "signature.wrong-profile"
    return Signature(status, found.signer, found.profile, code)


_Period = tuple[datetime, datetime]


def _made(signed_at: datetime | None, on: date) -> _Period:
    """Return the first and the last moment at which the signature can have been made.

    A day outside SIGNING_YEARS, which a file may well claim, is the nearest day inside.
    """
    if signed_at:
        return signed_at, signed_at
    first, last = date(SIGNING_YEARS[0], 1, 1), date(SIGNING_YEARS[-1], 12, 31)
    start = datetime.combine(min(max(on, first), last), time(), VIETNAM)
    return start.astimezone(UTC), (start + timedelta(days=1, microseconds=-1)).astimezone(UTC)


def _whose(
    certificate: x509.Certificate,
    others: tuple[x509.Certificate, ...],
    facility: str,
    signers: Signers,
    made: _Period,
) -> Status:
    vouched = may_sign(certificate) and _vouched(certificate, others, signers.authorities, made)
    day = made[0].astimezone(VIETNAM).date()
    owners = {
        signer.facility
        for signer in signers.known
        if signer.valid_from <= day <= signer.valid_to and _is(signer, certificate, vouched=vouched)
    }
    if facility not in owners:
        return "foreign" if owners else "unknown-signer"
    return "valid" if _alive(certificate, made) else "expired"


def _is(signer: Signer, certificate: x509.Certificate, *, vouched: bool) -> bool:
    """Tell whether the table's line means this certificate: each thing that the line names must fit."""
    if signer.fingerprint is not None:
        return certificate.fingerprint(hashes.SHA256()) == signer.fingerprint
    if not vouched:
        return False
    if signer.tax_code is not None and signer.tax_code not in tax_codes(certificate):
        return False
    return signer.organization is None or fold_name(signer.organization) in organizations(certificate)


def tax_codes(certificate: x509.Certificate) -> set[str]:
    """Return the tax codes in the owner's UID, which Vietnamese authorities write as `MST:0101234567`."""
    uids = names(certificate, NameOID.USER_ID)
    return {code.strip() for uid in uids for kind, _, code in [uid.partition(":")] if kind.upper() == "MST"}


def organizations(certificate: x509.Certificate) -> set[str]:
    """Return the owner's O and CN, folded: Vietnamese authorities write the organization in either."""
    kinds = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
    return {fold_name(name) for kind in kinds for name in names(certificate, kind)}


def _vouched(
    certificate: x509.Certificate,
    others: Iterable[x509.Certificate],
    authorities: tuple[x509.Certificate, ...],
    made: _Period,
    below: int = 0,
) -> bool:
    """Tell whether a chain leads from the certificate to an authority, each alive when the file was signed.

    `below` counts the authorities under the one that is looked for. By hand, because the verifier of
    `cryptography` is made for TLS: it wants a server name or a client's alternative name.
    """
    if any(_issued(certificate, authority, below) and _alive(authority, made) for authority in authorities):
        return True
    if below + 2 >= MAX_CHAIN:
        return False
    rest = [other for other in others if other != certificate]
    return any(
        _issued(certificate, other, below)
        and _alive(other, made)
        and _vouched(other, rest, authorities, made, below + 1)
        for other in rest
    )


def _issued(certificate: x509.Certificate, authority: x509.Certificate, below: int) -> bool:
    """Tell whether `authority` is one and signed the certificate, by no weak hash (RFC 5280 §6.1)."""
    try:
        limits = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
        if not limits.ca or (limits.path_length is not None and limits.path_length < below):
            return False
        if isinstance(certificate.signature_hash_algorithm, (*_WEAK, type(None))):
            return False
        certificate.verify_directly_issued_by(authority)
        return authority.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound as missing:
        return missing.oid == x509.KeyUsage.oid
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False


def _alive(certificate: x509.Certificate, made: _Period) -> bool:
    first, last = lifetime(certificate)
    return made[0] <= last and first <= made[1]
