"""Security infos, the entries of EF.CardAccess, DG14 and EF.CardSecurity; PACE's (ICAO Doc 9303-11 §9.2)."""

from collections.abc import Iterable
from dataclasses import dataclass

from cardreader.errors import MalformedData
from cardreader.lds.tlv import read_all, read_one, split

MAX_INFOS = 50

PACE_PREFIX = bytes.fromhex("04007F0007020204")
_OID, _INTEGER, _SEQUENCE, _SET = 0x06, 0x02, 0x30, 0x31


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
    return tuple(filter(None, map(_pace_info, raw_infos(file))))


def raw_infos(security_infos: bytes) -> list[bytes]:
    """Return every entry of a SecurityInfos value as it is encoded; EF.CardAccess is such a value.

    Raises MalformedData: not a set. OversizedData: more than MAX_INFOS.
    """
    return split(read_one(security_infos, _SET), limit=MAX_INFOS)


def pace_entries(infos: Iterable[bytes]) -> frozenset[bytes]:
    """Return those of the entries that speak of PACE: how it can be run, and over which domain.

    Raises MalformedData: as `protocol_and_parts`.
    """
    return frozenset(info for info in infos if protocol_and_parts(info)[0].startswith(PACE_PREFIX))


def protocol_and_parts(info: bytes) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Return an entry's protocol, the object identifier's value, and all its parts.

    Raises MalformedData: it does not start with its protocol.
    """
    parts = read_all(read_one(info, _SEQUENCE))
    if not parts or parts[0][0] != _OID:
        raise MalformedData("a security info does not start with its protocol")
    return parts[0][1], parts


def _pace_info(info: bytes) -> PaceInfo | None:
    protocol, parts = protocol_and_parts(info)
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
