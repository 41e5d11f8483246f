"""Read one file in as few commands as the card allows (ISO/IEC 7816-4 §7.2.3, Doc 9303-10 §3.6).

The short identifier selects and reads at once, and the first block is a full
one: it shows the size and, for most files, is already all of it.
"""

from cardreader.access.apdu import (
    Channel,
    demand,
    in_short,
    read_binary,
    read_by_short_identifier,
    select_file,
)
from cardreader.errors import CardRefused, MalformedData, OversizedData
from cardreader.lds.datagroups import MAX_GROUP_BYTES, ElementaryFile
from cardreader.lds.tlv import read_header
from cardreader.session.command import Command, Status, exact_length

_HEADER_BYTES = 4
_LENGTH_BYTES = {0x81: 1, 0x82: 2}  # after the first length byte


def read_file(
    channel: Channel, file: ElementaryFile, *, parent: Command | None = None, cautious: bool = False
) -> bytes:
    """Return what the file holds: one TLV object, without what the card keeps behind it.

    Nothing is said about its content. Of a file that does not start as an object should, or
    stops short of the size it claims, what there is is returned: whether that is what the
    issuer signed is told by its hash. A file that claims more than MAX_GROUP_BYTES is refused
    after its first block. `parent` selects the directory, should the file not be found at once; the
    card may refuse it. `cautious` reads the first four bytes alone, then never asks for more than there is.

    Raises CardRefused: the file cannot be had, its status word says why. OversizedData: it claims too much.
    """
    first = _first_block(channel, file, parent, _HEADER_BYTES if cautious else channel.largest_read)
    while _stops_short(first) and (more := _more(channel, len(first), _HEADER_BYTES)):
        first += more  # a card may give less than was asked for
    try:
        _, length, start = read_header(first)
    except MalformedData:
        return first
    size = start + length
    if size > MAX_GROUP_BYTES:
        raise OversizedData(f"{file.name} claims {size} bytes")
    content = bytearray(first)
    while len(content) < size:
        part = _more(channel, len(content), size)
        if not part:
            break
        content += part
    return bytes(content[:size])


def _stops_short(first: bytes) -> bool:
    """Say whether there is more of the object's header to come; every file's tag is one byte."""
    return 0 < len(first) < 2 + _LENGTH_BYTES.get(first[1] if len(first) > 1 else 0x82, 0)


def _more(channel: Channel, offset: int, size: int) -> bytes:
    """Return bytes of the current file from `offset` on, of `size` at the most; none at its end."""
    try:
        return _read(channel, read_binary(offset, min(channel.largest_read, size - offset)))
    except CardRefused as refusal:
        if refusal.sw != Status.WRONG_PARAMETERS:
            raise
        return b""


def _first_block(channel: Channel, file: ElementaryFile, parent: Command | None, length: int) -> bytes:
    """Read by short identifier; where that is refused, SELECT and read, at last the header alone."""
    try:
        return _read(channel, read_by_short_identifier(file.short_identifier, length))
    except CardRefused:
        if parent is not None:
            channel.send(parent)
        demand(channel, select_file(file.identifier))
    try:
        return _read(channel, read_binary(0, min(length, channel.largest_read)))
    except CardRefused as refusal:
        if refusal.sw not in (Status.WRONG_LENGTH, Status.WRONG_PARAMETERS):
            raise
    return _read(channel, read_binary(0, _HEADER_BYTES))


def _read(channel: Channel, command: Command) -> bytes:
    """Return the data of one READ BINARY, asked again with the length that a 6Cxx answer names."""
    data, sw = channel.send(command)
    exact = exact_length(sw)
    if exact is not None:
        data, sw = channel.send(in_short(command, exact, channel.largest_read))
    if sw not in (Status.OK, Status.END_OF_FILE):
        raise CardRefused(sw)
    return data
