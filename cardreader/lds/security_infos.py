"""EF.CardAccess: which access protocols the chip offers (ICAO Doc 9303-11 §9.2)."""

from dataclasses import dataclass

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds.datagroups import CARD_ACCESS
from cardreader.lds.tlv import read_all, read_one

MAX_INFOS = 50

PACE_PREFIX = bytes.fromhex("04007F0007020204")
_OID, _INTEGER, _SEQUENCE = 0x06, 0x02, 0x30


@dataclass(frozen=True, slots=True)
class PaceInfo:
    """One way to run PACE: `protocol` is the object identifier's bytes, `parameter_id` a standard domain."""

    protocol: bytes
    version: int
    parameter_id: int | None


def parse_pace_infos(file: bytes) -> tuple[PaceInfo, ...]:
    """Return the PACE offers of EF.CardAccess in the chip's order; other protocols are passed over.

    Raises MalformedData: not a set of security infos. OversizedData: more than MAX_INFOS.
    """
    infos = read_all(read_one(file, CARD_ACCESS.tag))
    if len(infos) > MAX_INFOS:
        raise OversizedData(f"EF.CardAccess has more than {MAX_INFOS} entries")
    return tuple(filter(None, (_pace_info(tag, value) for tag, value in infos)))


def _pace_info(tag: int, value: bytes) -> PaceInfo | None:
    parts = read_all(value)
    if tag != _SEQUENCE or not parts or parts[0][0] != _OID:
        raise MalformedData("a security info does not start with its protocol")
    protocol = parts[0][1]
    if not protocol.startswith(PACE_PREFIX) or len(protocol) != len(PACE_PREFIX) + 2:
        return None
    numbers = [_integer(*part) for part in parts[1:3]]
    if not numbers:
        raise MalformedData("a PACE info has no version")
    return PaceInfo(protocol, numbers[0], numbers[1] if len(numbers) > 1 else None)


def _integer(tag: int, value: bytes) -> int:
    if tag != _INTEGER or not 1 <= len(value) <= 4:
        raise MalformedData("a security info has something else where a number belongs")
    return int.from_bytes(value, "big")
