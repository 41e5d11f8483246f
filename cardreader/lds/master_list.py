"""A master list taken apart: the country signing certificates that a country publishes (Doc 9303-12 §8).

Nothing is verified here: a list is worth what its signer is, which `trust_list.pinning` asks.
"""

from dataclasses import dataclass

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds.signed_data import SignedData, parse_signed_data
from cardreader.lds.tlv import read_all, read_one, read_tlv, split

MASTER_LIST_ID = "2.23.136.1.1.2"

# Real lists have some 600 certificates in 1 to 2 MB.
MAX_MASTER_LIST_BYTES = 8_000_000  # in PEM still below proof.trust_folder.MAX_TRUST_FILE_BYTES
MAX_MASTER_LIST_CERTIFICATES = 4_000

_INTEGER, _OID, _SEQUENCE, _SET = 0x02, 0x06, 0x30, 0x31


@dataclass(frozen=True, slots=True)
class MasterList:
    """The listed certificates in DER, and what was signed."""

    certificates: tuple[bytes, ...]
    signed: SignedData


def is_signed_message(data: bytes) -> bool:
    """Tell a CMS message, which begins with its type, from certificates and revocation lists."""
    try:
        return read_tlv(read_one(data, _SEQUENCE))[0] == _OID
    except MalformedData:
        return False


def parse_master_list(data: bytes) -> MasterList:
    """Return the content of a master list in DER (CscaMasterList version 0, Doc 9303-12 §8.1).

    Raises MalformedData: not a CMS SignedData with one signer, its certificate inside and a
    master list as content. OversizedData: larger than the named limits.
    """
    if len(data) > MAX_MASTER_LIST_BYTES:
        raise OversizedData(f"a master list of more than {MAX_MASTER_LIST_BYTES} bytes")
    signed = parse_signed_data(data, content_type=MASTER_LIST_ID, what="a master list")
    parts = read_all(read_one(signed.content, _SEQUENCE))
    if [tag for tag, _ in parts] != [_INTEGER, _SET]:
        raise MalformedData("a master list's content is not a version and a set of certificates")
    if parts[0][1] != b"\x00":
        raise MalformedData("unknown version of the master list")
    return MasterList(_certificates(parts[1][1]), signed)


def _certificates(listed: bytes) -> tuple[bytes, ...]:
    """Return each certificate as it came: its fingerprint is over these bytes."""
    found = split(listed, limit=MAX_MASTER_LIST_CERTIFICATES)
    if any(certificate[0] != _SEQUENCE for certificate in found):
        raise MalformedData("a master list holds something else than certificates")
    return tuple(found)
