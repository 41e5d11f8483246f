"""PACE with ECDH and generic mapping: open the chip with a short password (Doc 9303-11 §4.4)."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from cardreader.access.apdu import PlainChannel, demand
from cardreader.access.messaging import SecureChannel
from cardreader.errors import AccessDenied, CardRefused, MalformedData, SecureMessagingError
from cardreader.lds.security_infos import PACE_PREFIX, PaceInfo
from cardreader.lds.tlv import read_all, read_one, write_tlv
from cardreader.session.ciphers import (
    AUTHENTICATION,
    ENCRYPTION,
    PASSWORD,
    AesSuite,
    Suite,
    TripleDesSuite,
    decrypt_nonce,
    derive_key,
)
from cardreader.session.command import Command, Status
from cardreader.session.curves import CURVES, Domain
from cardreader.transport import Transport

_ECDH_GENERIC_MAPPING = 2
_KEY_LENGTHS = {1: 16, 2: 16, 3: 24, 4: 32}
_TRIPLE_DES = 1
_VERSION = 2
_DYNAMIC = 0x7C
_CHAINED = 0x10


class PasswordKind(IntEnum):
    """The password's reference in MSE:Set AT."""

    MRZ = 0x01
    CAN = 0x02


@dataclass(frozen=True, slots=True)
class Password:
    """What both sides know; `secret` is the input of the key derivation."""

    kind: PasswordKind
    secret: bytes = field(repr=False)

    @classmethod
    def from_can(cls, can: str) -> "Password":
        """Return the password that a card access number is."""
        return cls(PasswordKind.CAN, can.encode("ascii"))

    @classmethod
    def from_zone(cls, mrz_info: str) -> "Password":
        """Return the password that the zone's key input gives."""
        return cls(PasswordKind.MRZ, hashlib.sha1(mrz_info.encode("ascii")).digest())  # noqa: S324 - the standard


def choose_pace(offers: Sequence[PaceInfo]) -> PaceInfo | None:
    """Return the first offer that is ECDH with generic mapping on a standard curve, None when none is."""
    return next((offer for offer in offers if _supported(offer)), None)


def open_with_pace(
    transport: Transport,
    offer: PaceInfo,
    password: Password,
    *,
    name_domain: bool = False,
    random_bytes: Callable[[int], bytes],
) -> SecureChannel:
    """Return the protected channel to the chip's master file.

    `name_domain` tells the chip which of several curves is meant. `random_bytes` is asked for
    the mapping key, then the ephemeral key.

    Raises AccessDenied: the password is wrong. CardRefused: the chip does not go along.
    MalformedData, SecureMessagingError: its answers are not PACE's.
    """
    plain = PlainChannel(transport)
    domain = Domain(offer.parameter_id)
    _set_protocol(plain, offer, password, name_domain=name_domain)
    nonce = _nonce(plain, offer, password)
    generator = _mapped_generator(plain, domain, nonce, random_bytes)
    private = domain.private_key(random_bytes)
    ours = domain.encode(generator * private)
    theirs = _exchange(plain, 0x83, ours, 0x84)
    if theirs == ours:
        raise SecureMessagingError("the card sent our own key back")
    suite = _suite(offer, domain.x_coordinate(domain.decode(theirs) * private))
    _exchange_tokens(plain, offer, suite, ours=ours, theirs=theirs)
    return SecureChannel(transport, suite, bytes(suite.block))


def _supported(offer: PaceInfo) -> bool:
    mapping, cipher = offer.protocol[len(PACE_PREFIX) :]
    return (
        offer.version == _VERSION
        and mapping == _ECDH_GENERIC_MAPPING
        and cipher in _KEY_LENGTHS
        and offer.parameter_id in CURVES
    )


def _set_protocol(channel: PlainChannel, offer: PaceInfo, password: Password, *, name_domain: bool) -> None:
    """Send MSE:Set AT; 63Cx is a warning about earlier wrong passwords, not a refusal."""
    data = write_tlv(0x80, offer.protocol) + write_tlv(0x83, bytes([password.kind]))
    if name_domain and offer.parameter_id is not None:
        data += write_tlv(0x84, bytes([offer.parameter_id]))
    _, sw = channel.send(Command(0x22, 0xC1, 0xA4, data))
    if sw != Status.OK and sw & 0xFFF0 != 0x63C0:
        raise CardRefused(sw)


def _nonce(channel: PlainChannel, offer: PaceInfo, password: Password) -> bytes:
    encrypted = _answer(demand(channel, _authenticate(b"", chained=True)), 0x80)
    cipher = offer.protocol[-1]
    key = derive_key(password.secret, PASSWORD, _KEY_LENGTHS[cipher])
    if not encrypted or len(encrypted) % 16:
        raise MalformedData("the card's nonce is not whole blocks")
    return decrypt_nonce(key, encrypted, triple_des=cipher == _TRIPLE_DES)


def _mapped_generator(
    channel: PlainChannel, domain: Domain, nonce: bytes, random_bytes: Callable[[int], bytes]
) -> Any:
    private = domain.private_key(random_bytes)
    theirs = _exchange(channel, 0x81, domain.encode(domain.generator * private), 0x82)
    return domain.map_generator(nonce, domain.decode(theirs) * private)


def _exchange_tokens(
    channel: PlainChannel, offer: PaceInfo, suite: Suite, *, ours: bytes, theirs: bytes
) -> None:
    """Prove that both sides have the same keys: each sends a code over the other's public key (§4.4.3.4)."""
    token = write_tlv(0x85, suite.token(_public_key(offer, theirs)))
    answer, sw = channel.send(_authenticate(token, chained=False))
    if sw != Status.OK:
        raise AccessDenied(f"the card refused the password, SW={sw:04X}")
    if not hmac.compare_digest(_answer(answer, 0x86), suite.token(_public_key(offer, ours))):
        raise SecureMessagingError("the card does not have the agreed keys")


def _public_key(offer: PaceInfo, encoded: bytes) -> bytes:
    return write_tlv(0x7F49, write_tlv(0x06, offer.protocol) + write_tlv(0x86, encoded))


def _suite(offer: PaceInfo, secret: bytes) -> Suite:
    length = _KEY_LENGTHS[offer.protocol[-1]]
    kind = TripleDesSuite if offer.protocol[-1] == _TRIPLE_DES else AesSuite
    return kind(derive_key(secret, ENCRYPTION, length), derive_key(secret, AUTHENTICATION, length))


def _exchange(channel: PlainChannel, tag: int, value: bytes, answer_tag: int) -> bytes:
    return _answer(demand(channel, _authenticate(write_tlv(tag, value), chained=True)), answer_tag)


def _authenticate(data: bytes, *, chained: bool) -> Command:
    return Command(
        0x86, 0x00, 0x00, write_tlv(_DYNAMIC, data), expected=256, cla=_CHAINED if chained else 0x00
    )


def _answer(data: bytes, tag: int) -> bytes:
    found = [value for found_tag, value in read_all(read_one(data, _DYNAMIC)) if found_tag == tag]
    if len(found) != 1:
        raise MalformedData(f"the card's PACE answer lacks object {tag:X}")
    return found[0]
