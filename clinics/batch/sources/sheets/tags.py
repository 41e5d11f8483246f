"""The pieces of a workbook's part such that each tag stands whole in one of them.

A tag may hold any number of blanks, and zeros in a place (`r="A0001"`): what is looked for in it cannot
be found in pieces that overlap by a fixed number of bytes.
"""

from collections.abc import Iterable, Iterator

MAX_TAG_BYTES = 500_000
"""How long a tag may be with the text behind it: a cell's text has 32,767 characters at most."""


def whole_tags(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield each piece behind the last tag of the one before, and the text behind that tag.

    Of a tag that is `endless` only the end comes again.
    """
    rest = b""
    for piece in pieces:
        yield (whole := rest + piece)
        start = max(whole.rfind(b"<"), len(whole) - MAX_TAG_BYTES, 0)
        rest = whole[start:]


def endless(piece: bytes) -> bool:
    """Say whether the last tag of a piece is so long that it may not be whole in the next one either."""
    return len(piece) - piece.rfind(b"<") > MAX_TAG_BYTES
