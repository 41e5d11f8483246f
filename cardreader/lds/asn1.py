"""The border to asn1crypto: limits before it, our own error after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from asn1crypto import core

from cardreader.errors import MalformedData
from cardreader.lds.tlv import check_structure, read_all

_FIRST_YEAR = 1950


@contextmanager
def malformed_asn1(what: str) -> Iterator[None]:
    """Turn what asn1crypto raises on broken input into MalformedData naming `what`.

    asn1crypto parses lazily, so every access to a parsed value belongs inside.
    """
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise MalformedData(f"{what} is not well-formed ASN.1") from error


def check_extensions(extensions: Any, kind: type[core.ObjectIdentifier]) -> None:
    """Accept a parsed list of X.509 extensions whose values `check_structure` accepts.

    A value is an octet string, where `check_structure` did not look, and asn1crypto opens each that
    it has a name for in `kind`. Of the others the value may be anything.

    Raises MalformedData, OversizedData: as `check_structure`.
    """
    for _, extension in read_all(extensions.contents or b""):
        (_, identifier), *_, (_, value) = read_all(extension) or [(0, b"")]
        if "." not in kind(contents=identifier).native:
            check_structure(value)


def utc_time(time: Any) -> datetime:
    """Return the moment of a parsed Time in UTC; call it inside `malformed_asn1`.

    Raises MalformedData: it does not say its zone, or lies outside the years 1950 to 9999 for which
    X.509 has times (RFC 5280 §4.1.2.5).
    """
    moment = time.native
    if not isinstance(moment, datetime) or moment.tzinfo is None or moment.year < _FIRST_YEAR:
        raise MalformedData("a time is not one of X.509")
    return moment.astimezone(UTC)


def whole_bytes(bits: Any) -> bytes:
    """Return what a parsed BIT STRING holds; call it inside `malformed_asn1`.

    Raises MalformedData: it is not a number of whole bytes, as every signature is.
    """
    if bits.contents[0] != 0:
        raise MalformedData("a signature is not a number of whole bytes")
    return bytes(bits.native)
