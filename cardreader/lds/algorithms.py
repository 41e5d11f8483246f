"""Algorithm identifiers that have no parameters to state (RFC 5280 §4.1.1.2, RFC 5754, RFC 5758).

No signature covers some of them, so what could stand there and change nothing is refused.
"""

from cardreader.errors import MalformedData
from cardreader.lds.tlv import read_all, read_one

_OID, _NULL, _SEQUENCE = 0x06, 0x05, 0x30


def plain_algorithm(identifier: bytes) -> bytes:
    """Return the value of the object identifier in an AlgorithmIdentifier in DER.

    Parameters are absent or NULL: both stand in real certificates of every algorithm that has none.

    Raises MalformedData: another structure, or other parameters.
    """
    (kind, algorithm), *parameters = read_all(read_one(identifier, _SEQUENCE)) or [(0, b"")]
    if kind != _OID or parameters not in ([], [(_NULL, b"")]):
        raise MalformedData("an algorithm has parameters where it should have none")
    return algorithm
