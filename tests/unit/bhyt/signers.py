"""Certificates of invented hospitals and authorities, their keys made when the tests run."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

SIGNED_AT = datetime(2026, 9, 17, 3, 30, tzinfo=UTC)
HOSPITAL = "Bệnh viện Đa khoa Mẫu Thử"
TAX_CODE = "0100000001"
_KINDS = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "UID": NameOID.USER_ID,
    "C": NameOID.COUNTRY_NAME,
}


@dataclass(frozen=True)
class Key:
    """A key with its certificate; it signs as `SigningKey` asks for."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key for each number."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def subject(**parts: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(_KINDS[kind], text) for kind, text in parts.items()])


def certificate(
    owner: x509.Name,
    public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    issuer: Key | None,
    signing: rsa.RSAPrivateKey,
    *,
    days: tuple[int, int] = (-100, 100),
    authority: bool = False,
    path_length: int | None = None,
    usage: bool = True,
    digest: hashes.HashAlgorithm | None = None,
) -> x509.Certificate:
    """A certificate whose life is told in days around SIGNED_AT."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(owner)
        .issuer_name(issuer.certificate.subject if issuer else owner)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(SIGNED_AT + timedelta(days=days[0]))
        .not_valid_after(SIGNED_AT + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(authority, path_length), critical=True)
        .add_extension(key_usage(sign=usage and not authority, certify=usage and authority), critical=True)
    )
    return builder.sign(signing, digest or hashes.SHA256())


def key_usage(*, sign: bool, certify: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        content_commitment=sign,
        key_encipherment=not sign and not certify,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certify,
        crl_sign=certify,
        encipher_only=False,
        decipher_only=False,
    )


def authority(name: str = "CA Giả Định", issuer: Key | None = None, number: int = 1, **more: object) -> Key:
    """An authority, its own root unless somebody issues it."""
    private = rsa_key(number)
    signing = issuer.private if issuer else private
    made = certificate(subject(CN=name), private.public_key(), issuer, signing, authority=True, **more)  # type: ignore[arg-type]
    return Key(private, made)


def hospital(
    issuer: Key | None = None,
    number: int = 0,
    owner: x509.Name | None = None,
    bits: int = 2048,
    **more: object,
) -> Key:
    """A hospital's key and certificate, self-signed unless an authority issues it."""
    private = rsa_key(number, bits)
    name = owner or subject(C="VN", O=HOSPITAL, CN=HOSPITAL, UID=f"MST:{TAX_CODE}")
    signing = issuer.private if issuer else private
    return Key(private, certificate(name, private.public_key(), issuer, signing, **more))  # type: ignore[arg-type]
