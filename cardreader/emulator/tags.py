"""Takes apart the data objects that a terminal sends; BER-TLV with one-byte tags, ISO/IEC 7816-4 §5.2.2."""

from cardreader.emulator.commands import Refused, Status
from cardreader.emulator.der import tlv


def data_objects(data: bytes, *, refusal: Status = Status.WRONG_DATA) -> dict[int, bytes]:
    """Return the values by tag, in their order; lengths in the shortest form, up to 65,535.

    Raises Refused: with `refusal`, where an object is cut short, comes twice or is written otherwise.
    """
    found: dict[int, bytes] = {}
    while data:
        more = {0x81: 1, 0x82: 2}.get(data[1], 0) if len(data) > 1 else 0
        size = int.from_bytes(data[2 : 2 + more], "big") if more else data[1] if len(data) > 1 else 0
        value = data[2 + more : 2 + more + size]
        if not data.startswith(tlv(data[0], value)) or len(value) != size or data[0] in found:
            raise Refused(refusal)
        found[data[0]], data = value, data[2 + more + size :]
    return found
