"""The certificate that a signature brings along, and the name that people know its owner by."""

import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from bhyt.errors import SignatureBroken, SignatureUnsupported
from bhyt.national.signature_xml import ds, octets_of

MAX_CERTIFICATES = 5
"""How many certificates a signature may bring: its own and those up to the root."""

MIN_RSA_BITS = 2048
"""The shortest RSA key that is taken."""

MAX_NAME = 100
"""How much of a signer's name is shown, in characters."""

_KEY_PARTS = frozenset(map(ds, ("X509Data", "KeyValue", "KeyName")))
_X509_PARTS = frozenset(map(ds, ("X509Certificate", "X509SubjectName", "X509IssuerSerial", "X509SKI")))
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_UNREADABLE = (
    ValueError,
    TypeError,  # a name of a type that its kind does not have
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
_SIGNING_USES = ("digital_signature", "content_commitment")


def read_key_info(element: etree._Element) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """Return the signer's certificate and the others that came along.

    The signer's is the one that issued none of the others. What names a key elsewhere is refused.
    Raises SignatureBroken: malformed, or a KeyValue of another key. SignatureUnsupported: no one
    certificate, or its key is weak.
    """
    holders, values = element.findall(ds("X509Data")), element.findall(ds("KeyValue"))
    if len(holders) != 1 or len(values) > 1 or any(part.tag not in _KEY_PARTS for part in element):
        raise SignatureUnsupported("key-info")
    if any(part.tag not in _X509_PARTS for part in holders[0]):
        raise SignatureUnsupported("key-info")
    encoded = dict.fromkeys(octets_of(part) for part in holders[0].findall(ds("X509Certificate")))
    if not 0 < len(encoded) <= MAX_CERTIFICATES:
        raise SignatureUnsupported("certificates")
    found = [read_certificate(one) for one in encoded]
    ends = [one for one in found if all(other.issuer != one.subject for other in found if other is not one)]
    if len(ends) != 1:
        raise SignatureUnsupported("certificates")
    check_strength(ends[0])
    for value in values:
        _check_key_value(value, ends[0])
    return ends[0], tuple(one for one in found if one is not ends[0])


def read_certificate(encoded: bytes) -> x509.Certificate:
    """Return a DER certificate whose names, dates and key can be read.

    Raises SignatureBroken: they cannot.
    """
    with _parsing():
        return _read_once(x509.load_der_x509_certificate(encoded))


def check_readable(certificate: x509.Certificate) -> x509.Certificate:
    """Return the certificate of another source after the same check.

    Raises SignatureBroken: something in it cannot be read.
    """
    with _parsing():
        return _read_once(certificate)


def _read_once(certificate: x509.Certificate) -> x509.Certificate:
    """Read all that is asked of the certificate later: it is parsed, and kept, when first asked for."""
    certificate.public_key()
    certificate.subject, certificate.issuer, certificate.extensions, lifetime(certificate)
    if certificate.serial_number <= 0:
        raise ValueError("a serial number is positive (RFC 5280 §4.1.2.2)")
    return certificate


@contextmanager
def _parsing() -> Iterator[None]:
    """Refuse what cannot be read, and say nothing of names that are longer than X.520 foresaw.

    Vietnamese hospitals' names are, in UTF-8; `cryptography` warns of each.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _UNREADABLE as error:
        raise SignatureBroken("certificate") from error


def lifetime(certificate: x509.Certificate) -> tuple[datetime, datetime]:
    """Return from when to when the certificate is valid, both included, in UTC."""
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def signer_name(certificate: x509.Certificate) -> str:
    """Return the name of a certificate's owner: its CN, else O, else its serial number, on one line."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for name in names(certificate, kind):
            return name[:MAX_NAME]
    return f"{certificate.serial_number:x}"[:MAX_NAME]


def names(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> list[str]:
    """Return the subject's attributes of one kind as NFC text without control characters."""
    found = (str(one.value) for one in certificate.subject.get_attributes_for_oid(kind))
    lines = ("".join(c if c.isprintable() else " " for c in text).strip() for text in found)
    return [unicodedata.normalize("NFC", line) for line in lines if line]


def may_sign(certificate: x509.Certificate) -> bool:
    """Tell whether the certificate's key usage, if it names any, includes signing documents."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return any(getattr(usage, use) for use in _SIGNING_USES)


def is_authority(certificate: x509.Certificate) -> bool:
    """Tell whether the certificate may issue others (RFC 5280 §4.2.1.9)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def check_strength(certificate: x509.Certificate) -> None:
    """Refuse a key that is too short, or on a curve that is not taken.

    Raises SignatureUnsupported.
    """
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
        return
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
        return
    raise SignatureUnsupported("weak-key")


def _check_key_value(element: etree._Element, certificate: x509.Certificate) -> None:
    key = certificate.public_key()
    parts = [part for holder in element for part in holder]
    if [holder.tag for holder in element] != [ds("RSAKeyValue")] or not isinstance(key, rsa.RSAPublicKey):
        raise SignatureUnsupported("key-info")
    if [part.tag for part in parts] != [ds("Modulus"), ds("Exponent")]:
        raise SignatureBroken("structure")
    numbers = key.public_numbers()
    if [int.from_bytes(octets_of(part)) for part in parts] != [numbers.n, numbers.e]:
        raise SignatureBroken("key-value")
