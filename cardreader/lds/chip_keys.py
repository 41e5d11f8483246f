"""The keys with which a chip proves itself: DG14 and DG15 (ICAO Doc 9303-11 §9.2, BSI TR-03110-3 A.1.1).

Nothing is verified here; `cardreader.proof` does that.
"""

from dataclasses import dataclass
from typing import Literal

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds.datagroups import DATA_GROUPS, MAX_GROUP_BYTES
from cardreader.lds.security_infos import protocol_and_parts, raw_infos
from cardreader.lds.tlv import check_structure, read_one, write_tlv

KeyKind = Literal["dh", "ecdh"]

_EAC = bytes.fromhex("04007F00070202")  # 0.4.0.127.0.7.2.2, smart cards' protocols
_AUTHENTICATION_PREFIXES = (_EAC + b"\x03\x01", _EAC + b"\x03\x02")  # by Diffie-Hellman, on a curve
_PUBLIC_KEY_KINDS: dict[bytes, KeyKind] = {_EAC + b"\x01\x01": "dh", _EAC + b"\x01\x02": "ecdh"}
_ACTIVE = bytes.fromhex("678108010105")  # 2.23.136.1.1.5
_INTEGER, _OID, _SEQUENCE = 0x02, 0x06, 0x30


@dataclass(frozen=True, slots=True)
class ChipAuthentication:
    """One way to run chip authentication; `protocol` is the object identifier's value bytes."""

    protocol: bytes
    version: int
    key_id: int | None

    @property
    def kind(self) -> KeyKind:
        """The kind of key that it needs."""
        return "dh" if self.protocol.startswith(_AUTHENTICATION_PREFIXES[0]) else "ecdh"


@dataclass(frozen=True, slots=True)
class ChipPublicKey:
    """One key of the chip; `public_key` is a SubjectPublicKeyInfo in DER."""

    kind: KeyKind
    public_key: bytes
    key_id: int | None


@dataclass(frozen=True, slots=True)
class ChipKeys:
    """What a set of security infos says of the chip's keys, in the chip's order.

    `active_info` is the value of the object identifier of active authentication's signature
    algorithm, None when it is not stated. `infos` holds every entry as it was encoded.
    """

    authentications: tuple[ChipAuthentication, ...]
    public_keys: tuple[ChipPublicKey, ...]
    active_info: bytes | None
    infos: frozenset[bytes]


def parse_chip_keys(dg14: bytes) -> ChipKeys:
    """Return what DG14 says; protocols that are not looked for are only in `infos`.

    Raises MalformedData: another tag, or not a set of security infos. OversizedData: more than
    `security_infos.MAX_INFOS`, or beyond the caps of `lds.tlv`.
    """
    if len(dg14) > MAX_GROUP_BYTES:
        raise OversizedData("DG14 is larger than any that a card holds")
    return chip_keys_of(read_one(dg14, DATA_GROUPS[14].tag))


def chip_keys_of(security_infos: bytes) -> ChipKeys:
    """Return what a SecurityInfos value says, as it stands in DG14 and inside EF.CardSecurity.

    Raises MalformedData, OversizedData: as `parse_chip_keys`.
    """
    check_structure(security_infos)
    raw = raw_infos(security_infos)
    infos = list(map(protocol_and_parts, raw))
    active = {_active_algorithm(parts) for protocol, parts in infos if protocol == _ACTIVE}
    if len(active) > 1:
        raise MalformedData("two algorithms are stated for active authentication")
    return ChipKeys(
        authentications=tuple(
            ChipAuthentication(protocol, _version(parts), _key_id(parts))
            for protocol, parts in infos
            if protocol[:-1] in _AUTHENTICATION_PREFIXES
        ),
        public_keys=tuple(
            ChipPublicKey(_PUBLIC_KEY_KINDS[protocol], _key(parts), _key_id(parts))
            for protocol, parts in infos
            if protocol in _PUBLIC_KEY_KINDS
        ),
        active_info=active.pop() if active else None,
        infos=frozenset(raw),
    )


def parse_active_key(dg15: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo (DER) of DG15 (Doc 9303-10 §4.7.15).

    Raises MalformedData: another tag, or not one sequence. OversizedData: larger than the named limits.
    """
    if len(dg15) > MAX_GROUP_BYTES:
        raise OversizedData("DG15 is larger than any that a card holds")
    content = read_one(dg15, DATA_GROUPS[15].tag)
    check_structure(content)
    return write_tlv(_SEQUENCE, read_one(content, _SEQUENCE))


def _active_algorithm(parts: list[tuple[int, bytes]]) -> bytes:
    """Return the algorithm of ActiveAuthenticationInfo (Doc 9303-11 §9.2.6)."""
    if len(parts) != 3 or _version(parts) != 1 or parts[2][0] != _OID:
        raise MalformedData("the info of active authentication names no algorithm")
    return parts[2][1]


def _version(parts: list[tuple[int, bytes]]) -> int:
    if len(parts) < 2:
        raise MalformedData("a security info has no version")
    return _number(*parts[1])


def _key(parts: list[tuple[int, bytes]]) -> bytes:
    if len(parts) < 2 or parts[1][0] != _SEQUENCE:
        raise MalformedData("a security info has something else where a key belongs")
    return write_tlv(*parts[1])


def _key_id(parts: list[tuple[int, bytes]]) -> int | None:
    if len(parts) > 3:
        raise MalformedData("a security info of chip authentication has a part too many")
    return _number(*parts[2]) if len(parts) == 3 else None


def _number(tag: int, value: bytes) -> int:
    if tag != _INTEGER or not 1 <= len(value) <= 4 or value[0] & 0x80:
        raise MalformedData("a security info has something else where a number belongs")
    return int.from_bytes(value, "big")
