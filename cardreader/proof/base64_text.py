"""Bytes inside JSON, as evidence and questions to a chip travel (RFC 4648 §4)."""

from base64 import b64decode, b64encode

from cardreader.errors import MalformedData, OversizedData


def encoded(data: bytes) -> str:
    """Return base64."""
    return b64encode(data).decode("ascii")


def decoded(text: object, *, limit: int) -> bytes:
    """Return the bytes that base64 `text` holds; its length is looked at before it is decoded.

    The same bytes have one text alone: the last letter's unused bits are zero (§3.5).

    Raises MalformedData: no text, or not base64. OversizedData: more than `limit` bytes.
    """
    if not isinstance(text, str):
        raise MalformedData("a part is not a text")
    if len(text) > -(-limit // 3) * 4:
        raise OversizedData("a part is larger than any that a card gives or takes")
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise MalformedData("a part is not base64") from error
    if encoded(data) != text:
        raise MalformedData("a part is not base64 as it is written")
    if len(data) > limit:
        raise OversizedData("a part is larger than any that a card gives or takes")
    return data
