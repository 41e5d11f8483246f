"""The border to asn1crypto: limits before it, our own error after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cardreader.errors import MalformedData


@contextmanager
def malformed_asn1(what: str) -> Iterator[None]:
    """Turn what asn1crypto raises on broken input into MalformedData naming `what`.

    asn1crypto parses lazily, so every access to a parsed value belongs inside.
    """
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise MalformedData(f"{what} is not well-formed ASN.1") from error


def whole_bytes(bits: Any) -> bytes:
    """Return what a parsed BIT STRING holds; call it inside `malformed_asn1`.

    Raises MalformedData: it is not a number of whole bytes, as every signature is.
    """
    if bits.contents[0] != 0:
        raise MalformedData("a signature is not a number of whole bytes")
    return bytes(bits.native)
