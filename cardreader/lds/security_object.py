"""EF.SOD taken apart: the signed list of data-group hashes and who signed it (Doc 9303-10 §4.6.2, RFC 5652).

Nothing is verified here; `cardreader.proof.passive` does that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds.datagroups import MAX_GROUP_BYTES, MAX_GROUPS, SECURITY_OBJECT
from cardreader.lds.signed_data import SignedData, parse_signed_data
from cardreader.lds.tlv import read_all, read_one, read_tlv

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
    """The hash of every data group by its number, their digest's name, and what was signed."""

    digest: str
    group_hashes: Mapping[int, bytes]
    signed: SignedData

    @property
    def signer_certificate(self) -> bytes:
        """The document signer's certificate in DER."""
        return self.signed.signer_certificate


def parse_security_object(file: bytes) -> SecurityObject:
    """Return the content of EF.SOD, LDS version 0 or 1.

    Raises MalformedData: not a CMS SignedData with one signer, its certificate inside
    and an LDS security object as content. OversizedData: larger than the named limits.
    """
    if len(file) > MAX_GROUP_BYTES:
        raise OversizedData("EF.SOD is larger than any that a card holds")
    message = read_one(file, SECURITY_OBJECT.tag)
    signed = parse_signed_data(message, content_type=LDS_SECURITY_OBJECT_ID, what="EF.SOD")
    digest, hashes = _group_hashes(signed.content)
    return SecurityObject(digest=digest, group_hashes=hashes, signed=signed)


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
