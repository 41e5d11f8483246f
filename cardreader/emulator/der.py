"""Writes BER-TLV data objects; X.690 §8.1 with the shortest definite length."""


def tlv(tag: int, *parts: bytes) -> bytes:
    """Return the data object of `tag` (up to two bytes) around the joined parts."""
    value = b"".join(parts)
    return _big_endian(tag) + _length(len(value)) + value


def sequence(*parts: bytes) -> bytes:
    """Return an ASN.1 SEQUENCE of the encoded parts."""
    return tlv(0x30, *parts)


def integer(value: int) -> bytes:
    """Return a non-negative ASN.1 INTEGER."""
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def object_identifier(dotted: str) -> bytes:
    """Return an ASN.1 OBJECT IDENTIFIER from its dotted form, X.690 §8.19."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tlv(0x06, b"".join(_base_128(arc) for arc in (first * 40 + second, *rest)))


def bit_string(value: bytes) -> bytes:
    """Return an ASN.1 BIT STRING of whole bytes."""
    return tlv(0x03, b"\x00" + value)


def utf8(text: str) -> bytes:
    """Return an ASN.1 UTF8String."""
    return tlv(0x0C, text.encode())


def printable(text: str) -> bytes:
    """Return an ASN.1 PrintableString."""
    return tlv(0x13, text.encode("ascii"))


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes((size,))
    digits = _big_endian(size)
    return bytes((0x80 | len(digits),)) + digits


def _big_endian(number: int) -> bytes:
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")


def _base_128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(0x80 | number & 0x7F)
    return bytes(reversed(digits))
