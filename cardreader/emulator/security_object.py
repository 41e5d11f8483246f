"""Signs the list of data group hashes as EF.SOD; ICAO Doc 9303-10 §4.7 and RFC 5652."""

from collections.abc import Mapping
from hashlib import sha256

from asn1crypto import cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from cardreader.emulator.der import integer, object_identifier, printable, sequence, tlv

LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
_SHA_256 = sequence(object_identifier("2.16.840.1.101.3.4.2.1"))


def lds_security_object(data_groups: Mapping[int, bytes], *, with_version: bool) -> bytes:
    """Return the DER of the LDSSecurityObject: version 1 with the LDS version, else version 0."""
    digests = (
        sequence(integer(number), tlv(0x04, sha256(data).digest())) for number, data in data_groups.items()
    )
    version = (sequence(printable("0108"), printable("040000")),) if with_version else ()
    return sequence(integer(int(with_version)), _SHA_256, sequence(*digests), *version)


def signed(content: bytes, *, signer: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return EF.SOD: CMS SignedData by the document signer, ECDSA with SHA-256, its certificate inside."""
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": [LDS_SECURITY_OBJECT]},
            {"type": "message_digest", "values": [sha256(content).digest()]},
        ]
    )
    signature = key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
    certificate = asn1_x509.Certificate.load(signer.public_bytes(Encoding.DER))
    signer_info = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {
                "issuer_and_serial_number": {
                    "issuer": certificate.issuer,
                    "serial_number": certificate.serial_number,
                }
            }
        ),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": signature,
    }
    signed_data = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {
            "content_type": LDS_SECURITY_OBJECT,
            "content": core.ParsableOctetString(content),
        },
        "certificates": [certificate],
        "signer_infos": [signer_info],
    }
    envelope = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed_data)})
    return tlv(0x77, envelope.dump())
