"""BER-TLV with definite lengths, read and written (ISO/IEC 7816-4 §5.2.2, X.690 §8.1).

Everything a card says passes through here first, so the limits stand here.
"""

from cardreader.errors import MalformedData, OversizedData

MAX_DEPTH = 50
MAX_NODES = 10_000
MAX_LENGTH_BYTES = 4
MAX_OID_BYTES = 64  # real ones have a dozen; making the dotted text of a long one takes quadratic time

_OBJECT_IDENTIFIER = 0x06
_CONSTRUCTED = 0x20
_MULTI_BYTE_TAG = 0x1F
_MAX_TAG_BYTES = 4


def read_header(data: bytes, offset: int = 0) -> tuple[int, int, int]:
    """Return `(tag, length, value_offset)` of the object that starts at `offset`.

    The value itself may lie beyond the bytes at hand: this is how the size of a
    file is learned from its first block.

    Raises MalformedData: header truncated, indefinite, or longer than four tag or length bytes.
    """
    tag, position = _read_tag(data, offset)
    if position >= len(data):
        raise MalformedData("TLV ends before its length")
    first = data[position]
    position += 1
    if first < 0x80:
        return tag, first, position
    count = first & 0x7F
    if not 1 <= count <= MAX_LENGTH_BYTES:
        raise MalformedData("TLV length is indefinite or too long")
    if position + count > len(data):
        raise MalformedData("TLV ends within its length")
    return tag, int.from_bytes(data[position : position + count], "big"), position + count


def read_tlv(data: bytes, offset: int = 0) -> tuple[int, bytes, int]:
    """Return `(tag, value, next_offset)` for the object that starts at `offset`.

    The length is checked against the bytes at hand before anything is copied,
    so a card that claims 4 GB costs nothing.

    Raises MalformedData: truncated, indefinite or oversized.
    """
    tag, length, start = read_header(data, offset)
    if length > len(data) - start:
        raise MalformedData("TLV claims more bytes than there are")
    return tag, data[start : start + length], start + length


def read_all(data: bytes, *, limit: int = MAX_NODES) -> list[tuple[int, bytes]]:
    """Return every `(tag, value)` that stands side by side in `data`, in order.

    Raises MalformedData: one of them is broken. OversizedData: more than `limit`.
    """
    found: list[tuple[int, bytes]] = []
    offset = 0
    while offset < len(data):
        tag, value, offset = read_tlv(data, offset)
        found.append((tag, value))
        if len(found) > limit:
            raise OversizedData(f"more than {limit} TLV objects")
    return found


def split(data: bytes, *, limit: int = MAX_NODES) -> list[bytes]:
    """Return every object that stands side by side in `data` as it came, its tag and length included.

    Raises MalformedData, OversizedData: as `read_all`.
    """
    found: list[bytes] = []
    offset = 0
    while offset < len(data):
        start, (_, _, offset) = offset, read_tlv(data, offset)
        found.append(data[start:offset])
        if len(found) > limit:
            raise OversizedData(f"more than {limit} TLV objects")
    return found


def read_one(data: bytes, expected_tag: int) -> bytes:
    """Return the value of the only object in `data`.

    Raises MalformedData: another tag, or bytes left over.
    """
    tag, value, end = read_tlv(data)
    if tag != expected_tag:
        raise MalformedData(f"expected tag {expected_tag:X}, found {tag:X}")
    if end != len(data):
        raise MalformedData(f"bytes left over after tag {tag:X}")
    return value


def check_structure(data: bytes, *, limit: int = MAX_NODES) -> int:
    """Walk every constructed object in `data` and return how many objects there are.

    Run before a general ASN.1 library sees the bytes, which has no limits of its own.

    Raises MalformedData: an object is broken. OversizedData: deeper than MAX_DEPTH,
    more than `limit`, or an object identifier of more than MAX_OID_BYTES.
    """
    pending = [(0, len(data), 1)]
    nodes = 0
    while pending:
        offset, end, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise OversizedData(f"TLV nested deeper than {MAX_DEPTH}")
        while offset < end:
            nodes += 1
            if nodes > limit:
                raise OversizedData(f"more than {limit} TLV objects")
            first = data[offset]
            _, length, start = read_header(data, offset)
            if length > end - start:
                raise MalformedData("TLV reaches beyond its parent")
            if first == _OBJECT_IDENTIFIER and length > MAX_OID_BYTES:
                raise OversizedData(f"an object identifier of more than {MAX_OID_BYTES} bytes")
            offset = start + length
            if first & _CONSTRUCTED:
                pending.append((start, offset, depth + 1))
    return nodes


def write_tlv(tag: int, value: bytes) -> bytes:
    """Return the object in its shortest (DER) form."""
    head = tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big")
    length = len(value)
    if length < 0x80:
        return head + bytes([length]) + value
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return head + bytes([0x80 | len(size)]) + size + value


def _read_tag(data: bytes, offset: int) -> tuple[int, int]:
    if not 0 <= offset < len(data):
        raise MalformedData("TLV expected, nothing found")
    position = offset + 1
    if data[offset] & _MULTI_BYTE_TAG == _MULTI_BYTE_TAG:
        while True:
            if position >= len(data) or position - offset >= _MAX_TAG_BYTES:
                raise MalformedData("TLV tag is truncated or too long")
            position += 1
            if not data[position - 1] & 0x80:
                break
    return int.from_bytes(data[offset:position], "big"), position
