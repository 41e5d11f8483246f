"""EF.SOD taken apart: the signed list of data-group hashes and who signed it (Doc 9303-10 §4.6.2, RFC 5652).

Nothing is verified here; `cardreader.proof.passive` does that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms, core

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds.asn1 import malformed_asn1
from cardreader.lds.datagroups import MAX_GROUP_BYTES, MAX_GROUPS, SECURITY_OBJECT
from cardreader.lds.tlv import check_structure, read_all, read_one, read_tlv

MAX_CERTIFICATES = 8
LDS_SECURITY_OBJECT_ID = "2.23.136.1.1.1"


_DIGESTS = {
    bytes.fromhex("2B0E03021A"): "sha1",
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
    bytes.fromhex("608648016503040204"): "sha224",
}
_INTEGER, _OCTET_STRING, _OID, _SEQUENCE = 0x02, 0x04, 0x06, 0x30


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """The parts of EF.SOD that verification needs, each as the card gave it.

    `signed_attributes` is the SET OF that the signature covers, or None when it
    covers `content` itself. Certificates and algorithms are DER.
    """

    digest: str
    group_hashes: Mapping[int, bytes]
    content: bytes
    signed_attributes: bytes | None
    signed_digest: bytes | None
    signed_content_type: str | None
    signer_digest: str
    signature_algorithm: bytes
    signature: bytes
    signer_certificate: bytes


def parse_security_object(file: bytes) -> SecurityObject:
    """Return the content of EF.SOD, LDS version 0 or 1.

    Raises MalformedData: not a CMS SignedData with one signer, its certificate inside
    and an LDS security object as content. OversizedData: larger than the named limits.
    """
    if len(file) > MAX_GROUP_BYTES:
        raise OversizedData("EF.SOD is larger than any that a card holds")
    message = read_one(file, SECURITY_OBJECT.tag)
    check_structure(message)
    with malformed_asn1("EF.SOD"):
        info = cms.ContentInfo.load(message, strict=True)
        if info["content_type"].native != "signed_data":
            raise MalformedData("EF.SOD is not signed data")
        return _from_signed_data(info["content"])


def _from_signed_data(signed: Any) -> SecurityObject:
    encapsulated = signed["encap_content_info"]
    if encapsulated["content_type"].dotted != LDS_SECURITY_OBJECT_ID:
        raise MalformedData("EF.SOD signs something other than an LDS security object")
    content = bytes(encapsulated["content"])
    digest, hashes = _group_hashes(content)
    if len(signed["signer_infos"]) != 1:
        raise MalformedData("EF.SOD has not exactly one signer")
    signer = signed["signer_infos"][0]
    covered, signed_digest, content_type = _signed_attributes(signer)
    return SecurityObject(
        digest=digest,
        group_hashes=hashes,
        content=content,
        signed_attributes=covered,
        signed_digest=signed_digest,
        signed_content_type=content_type,
        signer_digest=signer["digest_algorithm"]["algorithm"].native,
        signature_algorithm=signer["signature_algorithm"].dump(),
        signature=signer["signature"].native,
        signer_certificate=_signer_certificate(signed, signer["sid"]),
    )


def _group_hashes(content: bytes) -> tuple[str, dict[int, bytes]]:
    """Return the digest's name and the hash per data group of an LDSSecurityObject (Doc 9303-10 §4.6.2.3)."""
    parts = read_all(read_one(content, _SEQUENCE))
    if [tag for tag, _ in parts[:3]] != [_INTEGER, _SEQUENCE, _SEQUENCE] or len(parts) > 4:
        raise MalformedData("EF.SOD's content is not an LDS security object")
    if int.from_bytes(parts[0][1], "big") not in (0, 1):
        raise MalformedData("unknown version of the LDS security object")
    algorithm, identifier, _ = read_tlv(parts[1][1])
    if algorithm != _OID:
        raise MalformedData("the LDS security object names no digest")
    hashes: dict[int, bytes] = {}
    for tag, item in read_all(parts[2][1]):
        pair = read_all(item)
        if tag != _SEQUENCE or [tag for tag, _ in pair] != [_INTEGER, _OCTET_STRING]:
            raise MalformedData("an entry of the LDS security object is not a number and a hash")
        number = int.from_bytes(pair[0][1], "big")
        if not 1 <= number <= MAX_GROUPS or number in hashes:
            raise MalformedData("EF.SOD lists a data group twice, or one that cannot be")
        hashes[number] = pair[1][1]
    return _DIGESTS.get(identifier, "unknown"), hashes


def _signed_attributes(signer: Any) -> tuple[bytes | None, bytes | None, str | None]:
    attributes = signer["signed_attrs"]
    if isinstance(attributes, core.Void) or not len(attributes):
        return None, None, None
    found: dict[str, Any] = {}
    for attribute in attributes:
        kind = attribute["type"].native
        if kind in found:
            raise MalformedData("EF.SOD has a signed attribute twice")
        found[kind] = attribute["values"]
    if any(len(found.get(kind, ())) != 1 for kind in ("message_digest", "content_type")):
        raise MalformedData("EF.SOD's signed attributes lack the digest or the content type")
    covered = b"\x31" + attributes.dump()[1:]  # RFC 5652 §5.4: signed under the SET OF tag
    return covered, found["message_digest"][0].native, found["content_type"][0].dotted


def _signer_certificate(signed: Any, identifier: Any) -> bytes:
    certificates = signed["certificates"]
    if len(certificates) > MAX_CERTIFICATES:
        raise OversizedData(f"EF.SOD has more than {MAX_CERTIFICATES} certificates")
    for choice in certificates:
        if choice.name != "certificate":
            continue
        certificate = choice.chosen
        if identifier.name == "issuer_and_serial_number":
            named = identifier.chosen
            if (
                certificate.serial_number == named["serial_number"].native
                and certificate.issuer == named["issuer"]
            ):
                return bytes(certificate.dump())
        elif certificate.key_identifier == identifier.chosen.native:
            return bytes(certificate.dump())
    raise MalformedData("EF.SOD does not hold its signer's certificate")
