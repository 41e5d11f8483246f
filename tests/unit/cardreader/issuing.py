"""Issues test cards: an authority, a document signer and EF.SOD, with EC keys made at test time.

Written with `cryptography` and asn1crypto's writing side; it shares no code with the verifier.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from cardreader.lds.tlv import write_tlv

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def certify(
    name: str,
    *,
    by: Holder | None = None,
    curve: ec.EllipticCurve | None = None,
    unit: str | None = None,
    valid: tuple[datetime, datetime] = (NOW - YEAR, NOW + YEAR),
    authority: bool | None = None,
    digest: str = "sha256",
    constrained: bool = True,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    key: ec.EllipticCurvePrivateKey | None = None,
    country: str = "VN",
    identified: bool = False,
) -> Holder:
    """Return a certificate signed by another holder's key, or by its own.

    `extensions` are added with their criticality; without `constrained` it has no basicConstraints.
    `identified` adds the key identifiers of subject and issuer. `country` may state none, or several.
    """
    key = key or ec.generate_private_key(curve or ec.BrainpoolP256R1())
    if identified:
        signing = by.key if by else key
        extensions = (
            *extensions,
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False),
        )
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, letters) for letters in country.split()]
    parts.append(x509.NameAttribute(NameOID.COMMON_NAME, name))
    if unit:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    subject = x509.Name(parts)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
    )
    if constrained:
        is_authority = by is None if authority is None else authority
        builder = builder.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), True)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Holder(key, builder.sign(by.key if by else key, DIGESTS[digest]()))


def revocation_list(
    by: Holder,
    *revoked: Holder,
    valid: tuple[datetime, datetime] = (NOW - YEAR, NOW + YEAR),
    number: int = 1,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
) -> bytes:
    """Return a list in DER, signed by the holder, of these certificates."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(by.certificate.subject)
        .last_update(valid[0])
        .next_update(valid[1])
        .add_extension(x509.CRLNumber(number), False)
    )
    for holder in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(holder.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(valid[0]).build())
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


def master_list(signer: Holder, *listed: Holder, version: int = 0, beside: tuple[Holder, ...] = ()) -> bytes:
    """Return a master list (Doc 9303-12 §8.1) with these certificates, and `beside` in the message."""
    members = write_tlv(0x31, b"".join(holder.der for holder in listed))
    content = write_tlv(0x30, write_tlv(0x02, bytes([version])) + members)
    return signed_message(content, signer, content_type="2.23.136.1.1.2", beside=beside)


def usage(*granted: str) -> x509.KeyUsage:
    """Return a key usage that grants these alone, named as `cryptography` names them."""
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: name in granted for name in names.split()})


def listing(files: dict[int, bytes], *, digest: str = "sha256", version: int = 0) -> bytes:
    """Return the LDS security object for these files (Doc 9303-10 §4.6.2.3)."""
    entries = b"".join(
        write_tlv(
            0x30,
            write_tlv(0x02, bytes([number])) + write_tlv(0x04, hashlib.new(digest, file).digest()),
        )
        for number, file in sorted(files.items())
    )
    algorithm = algos.DigestAlgorithm({"algorithm": digest}).dump()
    body = write_tlv(0x02, bytes([version])) + algorithm + write_tlv(0x30, entries)
    if version == 1:
        body += write_tlv(0x30, write_tlv(0x13, b"0108") + write_tlv(0x13, b"040000"))
    return write_tlv(0x30, body)


def security_object(content: bytes, signer: Holder, **deviations: Any) -> bytes:
    """Return EF.SOD over `content`, each deviation from the standard by an option of `signed_message`."""
    return write_tlv(0x77, signed_message(content, signer, **deviations))


def signed_message(
    content: bytes,
    signer: Holder,
    *,
    digest: str = "sha256",
    attributes: bool = True,
    content_type: str = "2.23.136.1.1.1",
    signed_digest: bytes | None = None,
    by_key_identifier: bool = False,
    with_certificate: bool = True,
    beside: tuple[Holder, ...] = (),
    whole: Mapping[str, Any] = MappingProxyType({}),
    single: Mapping[str, Any] = MappingProxyType({}),
) -> bytes:
    """Return CMS SignedData over `content`; certificates `beside` the signer's come along.

    `whole` and `single` stand in for members of SignedData and of its SignerInfo.
    """
    certificate = asn1_x509.Certificate.load(signer.der)
    covered: Any = None
    message = content
    if attributes:
        covered = cms.CMSAttributes(
            [
                {"type": "content_type", "values": [content_type]},
                {
                    "type": "message_digest",
                    "values": [signed_digest or hashlib.new(digest, content).digest()],
                },
            ]
        )
        message = covered.dump()
    info: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number",
            {"issuer": certificate.issuer, "serial_number": certificate.serial_number},
        ),
        "digest_algorithm": {"algorithm": digest},
        "signature_algorithm": {"algorithm": f"{digest}_ecdsa"},
        "signature": signer.key.sign(message, ec.ECDSA(DIGESTS[digest]())),
    }
    if by_key_identifier:
        identifier = hashlib.sha1(bytes(certificate.public_key["public_key"])).digest()
        info |= {"version": "v3", "sid": cms.SignerIdentifier("subject_key_identifier", identifier)}
    if covered is not None:
        info["signed_attrs"] = covered
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": digest}],
            "encap_content_info": {
                "content_type": content_type,
                "content": core.ParsableOctetString(content),
            },
            "certificates": [certificate] * with_certificate
            + [asn1_x509.Certificate.load(holder.der) for holder in beside],
            "signer_infos": [info | single],
        }
        | whole
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())
