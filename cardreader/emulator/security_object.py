"""Signs the list of data group hashes as EF.SOD, and EF.CardSecurity; ICAO Doc 9303-10 §4.7, RFC 5652."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from asn1crypto import cms, core, x509

from cardreader.emulator.certificates import key_identifier
from cardreader.emulator.der import integer, object_identifier, printable, sequence, tlv
from cardreader.emulator.signing import SigningKey, signature_algorithm

LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
SECURITY_INFOS = "0.4.0.127.0.7.3.2.1"  # what EF.CardSecurity signs; BSI TR-03110-3 A.1.2.5
_HASHES = {
    "sha1": "1.3.14.3.2.26",
    "sha224": "2.16.840.1.101.3.4.2.4",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}


@dataclass(frozen=True, slots=True)
class DocumentSigner:
    """A key that signs security objects, with its certificate in DER."""

    certificate: bytes = field(repr=False)
    key: SigningKey = field(repr=False)


def lds_security_object(data_groups: Mapping[int, bytes], *, digest: str, with_version: bool) -> bytes:
    """Return the DER of the LDSSecurityObject: version 1 with the LDS version, else version 0."""
    digests = (
        sequence(integer(number), tlv(0x04, hashlib.new(digest, data).digest()))
        for number, data in data_groups.items()
    )
    version = (sequence(printable("0108"), printable("040000")),) if with_version else ()
    algorithm = sequence(object_identifier(_HASHES[digest]))
    return sequence(integer(int(with_version)), algorithm, sequence(*digests), *version)


def signed(content: bytes, content_type: str, *, signer: DocumentSigner, by_key_id: bool = False) -> bytes:
    """Return CMS SignedData with the signer's certificate inside.

    by_key_id: the signer is named by the identifier of its key instead of issuer and serial number.
    """
    digest = signer.key.choice.digest
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": [content_type]},
            {"type": "message_digest", "values": [hashlib.new(digest, content).digest()]},
        ]
    )
    certificate = x509.Certificate.load(signer.certificate)
    name = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    signer_info = {
        "version": "v3" if by_key_id else "v1",
        "sid": cms.SignerIdentifier(
            {"subject_key_identifier": key_identifier(signer.key)}
            if by_key_id
            else {"issuer_and_serial_number": name}
        ),
        "digest_algorithm": {"algorithm": digest},
        "signed_attrs": attributes,
        "signature_algorithm": signature_algorithm(signer.key.choice),
        "signature": signer.key.sign(attributes.dump()),
    }
    signed_data = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": digest}],
        "encap_content_info": {
            "content_type": content_type,
            "content": core.ParsableOctetString(content),
        },
        "certificates": [certificate],
        "signer_infos": [signer_info],
    }
    return bytes(
        cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed_data)}).dump()
    )
