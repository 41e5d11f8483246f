"""What a trust list holds, in words, and what a person should know about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import crl, x509

from cardreader.lds.asn1 import malformed_asn1
from cardreader.printable import printable
from cardreader.proof.certificates import Certificate
from cardreader.proof.links import Authorities
from cardreader.proof.reasons import NotProven
from cardreader.proof.revocation import RevocationList
from cardreader.proof.trust_folder import TrustFile
from cardreader.trust_list.pinning import unusable
from cardreader.trust_list.strength import digest_of, key_of

SOON = timedelta(days=90)

# Findings after which cards that should pass do not, or cards that should not, might.
_GRAVE = frozenset(
    "trust.empty trust.training trust.link-astray trust.country-without-root "
    "trust.revocation-list-unsigned".split()
)
_SHORT = {
    "country_name": "C",
    "organization_name": "O",
    "organizational_unit_name": "OU",
    "common_name": "CN",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A certificate or list of the trust list; `kind` is anchor, link, crl, or unused with its reason.

    `country` and `subject` have no control characters; `valid_to` of a list is the next list's time, if
    it says. A list has no `key`, but says how many certificates are `revoked`.
    """

    kind: str
    country: str
    subject: str
    valid_from: datetime
    valid_to: datetime | None
    fingerprint: bytes
    key: str | None
    digest: str
    training: bool
    reason: str | None
    revoked: int | None
    file: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person should know; `code` is in `failures/codes.csv`."""

    code: str
    about: str
    fingerprint: bytes | None = None

    @property
    def grave(self) -> bool:
        """Say whether the list does not do what it is for."""
        return self.code in _GRAVE


def entries(files: Iterable[TrustFile], authorities: Authorities) -> list[Entry]:
    """Return what stands in the files, in their order; a certificate in two files stands there twice."""
    found = []
    for file in files:
        found += [_certificate_entry(one, file, authorities) for one in file.certificates]
        found += [_list_entry(one, file, authorities) for one in file.lists]
    return found


def findings(files: Sequence[TrustFile], authorities: Authorities, *, at: datetime) -> list[Finding]:
    """Return what there is to say of the trust list at the aware time `at`; nothing when all is well."""
    certificates = {one.fingerprint: one for file in files for one in file.certificates}.values()
    lists = {one.fingerprint: one for file in files for one in file.lists}.values()
    codes = [(one, code) for one in certificates for code in _certificate_codes(one, authorities, at)]
    found = [Finding(code, subject(one.der), one.fingerprint) for one, code in codes]
    for revocation_list in lists:
        code = _list_code(revocation_list, authorities, at)
        if code is not None:
            found.append(Finding(code, issuer(revocation_list.der), revocation_list.fingerprint))
    usable = [one for one in certificates if unusable(one, authorities) is None]
    if not usable:
        found.append(Finding("trust.empty", ""))
    countries = {printable(one.country) for one in usable}
    in_force = {printable(one.country) for one in usable if _in_force(one, authorities, at)}
    found += [Finding("trust.country-without-root", country) for country in sorted(countries - in_force)]
    stated = sorted(countries - {""})
    if len(stated) > 1:
        found.append(Finding("trust.several-countries", ", ".join(stated)))
    return found


def subject(der: bytes) -> str:
    """Return a certificate's subject as a person reads it, without control characters."""
    with malformed_asn1("a certificate"):
        return _written(x509.Certificate.load(der).subject)


def issuer(der: bytes) -> str:
    """Return a revocation list's issuer as a person reads it, without control characters."""
    with malformed_asn1("a revocation list"):
        return _written(crl.CertificateList.load(der).issuer)


def _certificate_entry(certificate: Certificate, file: TrustFile, authorities: Authorities) -> Entry:
    reason = unusable(certificate, authorities)
    return Entry(
        kind="unused" if reason else "anchor" if authorities.is_root(certificate) else "link",
        country=printable(certificate.country),
        subject=subject(certificate.der),
        valid_from=certificate.not_before,
        valid_to=certificate.not_after,
        fingerprint=certificate.fingerprint,
        key=key_of(certificate)[0],
        digest=digest_of(certificate.signature_algorithm),
        training=certificate.for_training,
        reason=reason,
        revoked=None,
        file=file.path.name,
    )


def _list_entry(revocation_list: RevocationList, file: TrustFile, authorities: Authorities) -> Entry:
    signed = authorities.signed_list(revocation_list)
    return Entry(
        kind="crl" if signed else "unused",
        country=printable(revocation_list.country),
        subject=issuer(revocation_list.der),
        valid_from=revocation_list.this_update,
        valid_to=revocation_list.next_update,
        fingerprint=revocation_list.fingerprint,
        key=None,
        digest=digest_of(revocation_list.signature_algorithm),
        training=False,
        reason=None if signed else "trust.revocation-list-unsigned",
        revoked=len(revocation_list.serials),
        file=file.path.name,
    )


def _certificate_codes(certificate: Certificate, authorities: Authorities, at: datetime) -> list[str]:
    """Return every finding about one certificate: whether it is used, how long, and how strong it is."""
    unused = unusable(certificate, authorities)
    said = {
        "trust.country-missing": unused is None and not certificate.country,
        "trust.expired": at > certificate.not_after,
        "trust.expiring": certificate.not_after - SOON < at <= certificate.not_after,
        "trust.not-yet-valid": at < certificate.not_before,
        "trust.revoked": authorities.is_revoked(certificate),
        "trust.sha1": digest_of(certificate.signature_algorithm) == "sha1",
        "trust.weak-key": key_of(certificate)[1],
    }
    return [*([unused] if unused else []), *(code for code, applies in said.items() if applies)]


def _list_code(revocation_list: RevocationList, authorities: Authorities, at: datetime) -> str | None:
    if not authorities.signed_list(revocation_list):
        return "trust.revocation-list-unsigned"
    stale = revocation_list.next_update is not None and at > revocation_list.next_update
    return "trust.revocation-list-stale" if stale else None


def _in_force(certificate: Certificate, authorities: Authorities, at: datetime) -> bool:
    try:
        authorities.way_from(certificate, at=at)
    except NotProven:
        return False
    return True


def _written(name: Any) -> str:
    """Return a name as `C=VN, CN=...`."""
    parts = (part for together in name.chosen for part in together)
    text = ", ".join(
        f"{_SHORT.get(part['type'].native, part['type'].native)}={part['value'].native}" for part in parts
    )
    return printable(text)
