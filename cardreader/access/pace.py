"""PACE: open the chip with a short password and agree on session keys (ICAO Doc 9303-11 §4.4)."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from cardreader.access.apdu import PlainChannel, demand
from cardreader.access.mapping import Group, Mapping, nonce_length, pseudo_random
from cardreader.access.messaging import SecureChannel
from cardreader.access.offers import cipher_of, group_of, mapping_of
from cardreader.errors import AccessDenied, CardRefused, MalformedData, SecureMessagingError
from cardreader.lds.security_infos import PaceInfo
from cardreader.lds.tlv import read_all, read_one, write_tlv
from cardreader.session.ciphers import (
    PASSWORD,
    Suite,
    decrypt_nonce,
    derive_key,
    session_suite,
    unpad,
)
from cardreader.session.command import MAX_EXTENDED_RESPONSE, MAX_SHORT_RESPONSE, Command, Status
from cardreader.transport import Transport

_DYNAMIC = 0x7C
_CHAINED = 0x10
_TEMPLATE_BYTES = 16  # of headers around a public key


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


@dataclass(frozen=True, slots=True)
class ChipMapping:
    """What chip-authentication mapping gave: the chip's mapping key, and what ties it to the static key.

    The chip is genuine if its static key taken `factor` times is `mapping_key`, on the curve `parameter_id`.
    """

    parameter_id: int | None
    mapping_key: bytes
    factor: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class PaceSession:
    """The protected channel to the chip's master file; `chip` when the mapping also proves the chip."""

    channel: SecureChannel
    chip: ChipMapping | None = None


def open_with_pace(
    transport: Transport,
    offer: PaceInfo,
    password: Password,
    *,
    name_domain: bool = False,
    extended: bool = False,
    random_bytes: Callable[[int], bytes],
) -> PaceSession:
    """Return the session that the chip grants for a password, in one of the ways that `offers.ranked` gave.

    `name_domain` tells the chip which of several groups is meant, `extended` that it takes extended
    length. `random_bytes` is asked for the mapping's key or nonce, then the ephemeral key.

    Raises AccessDenied: the password is wrong. CardRefused: the chip does not go along.
    MalformedData, SecureMessagingError: its answers are not PACE's.
    """
    plain = PlainChannel(transport, extended=extended)
    group = group_of(offer)
    _set_protocol(plain, offer, password, name_domain=name_domain)
    nonce = _nonce(plain, offer, password)
    mapped, mapping_key = _map(plain, offer, group, nonce, random_bytes)
    private = mapped.private_key(random_bytes)
    ours = mapped.public_key(private)
    theirs = _exchange(plain, 0x83, ours, 0x84, group)
    if theirs == ours:
        raise SecureMessagingError("the card sent our own key back")
    cipher = cipher_of(offer)
    secret = mapped.agree(private, theirs)
    suite = session_suite(secret, triple_des=cipher.triple_des, key_length=cipher.key_length)
    last = _exchange_tokens(plain, offer, suite, ours=ours, theirs=theirs)
    channel = SecureChannel(transport, suite, bytes(suite.block), extended=extended)
    if mapping_of(offer) is not Mapping.ECDH_CHIP_AUTHENTICATION:
        return PaceSession(channel)
    return PaceSession(channel, ChipMapping(offer.parameter_id, mapping_key, _factor(suite, last)))


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
    cipher = cipher_of(offer)
    key = derive_key(password.secret, PASSWORD, cipher.key_length)
    if not encrypted or len(encrypted) % 16:
        raise MalformedData("the card's nonce is not whole blocks")
    if mapping_of(offer).integrated and len(encrypted) != nonce_length(cipher):
        raise MalformedData("the card's nonce has another length than its cipher asks for")
    return decrypt_nonce(key, encrypted, triple_des=cipher.triple_des)


def _map(
    channel: PlainChannel, offer: PaceInfo, group: Group, nonce: bytes, random_bytes: Callable[[int], bytes]
) -> tuple[Group, bytes]:
    """Return the group with the mapped generator, and the chip's mapping key where there is one."""
    cipher = cipher_of(offer)
    if mapping_of(offer).integrated:
        own_nonce = random_bytes(cipher.key_length)
        demand(channel, _authenticate(write_tlv(0x81, own_nonce), chained=True))
        return group.mapped_onto(pseudo_random(nonce, own_nonce, cipher=cipher, prime=group.prime)), b""
    private = group.private_key(random_bytes)
    theirs = _exchange(channel, 0x81, group.public_key(private), 0x82, group)
    return group.mapped(nonce, private, theirs), theirs


def _exchange_tokens(
    channel: PlainChannel, offer: PaceInfo, suite: Suite, *, ours: bytes, theirs: bytes
) -> bytes:
    """Prove that both sides have the same keys: each sends a code over the other's public key (§4.4.3.4).

    Return the chip's answer.
    """
    token = write_tlv(0x85, suite.token(_public_key(offer, theirs)))
    answer, sw = channel.send(_authenticate(token, chained=False))
    if sw != Status.OK:
        raise AccessDenied(f"the card refused the password, SW={sw:04X}")
    if not hmac.compare_digest(_answer(answer, 0x86), suite.token(_public_key(offer, ours))):
        raise SecureMessagingError("the card does not have the agreed keys")
    return answer


def _factor(suite: Suite, answer: bytes) -> int:
    """Return the number that object 8A hides under the vector of counter -1 (§4.4.3.5)."""
    encrypted = _answer(answer, 0x8A)
    if not encrypted or len(encrypted) % suite.block:
        raise MalformedData("the card's authentication data are not whole blocks")
    return int.from_bytes(unpad(suite.decrypt(encrypted, b"\xff" * suite.block), suite.block), "big")


def _public_key(offer: PaceInfo, encoded: bytes) -> bytes:
    value = write_tlv(group_of(offer).key_tag, encoded)
    return write_tlv(0x7F49, write_tlv(0x06, offer.protocol) + value)


def _exchange(channel: PlainChannel, tag: int, value: bytes, answer_tag: int, group: Group) -> bytes:
    long = group.key_bytes + _TEMPLATE_BYTES > MAX_SHORT_RESPONSE
    command = _authenticate(write_tlv(tag, value), chained=True)
    return _answer(demand(channel, command.expecting(MAX_EXTENDED_RESPONSE) if long else command), answer_tag)


def _authenticate(data: bytes, *, chained: bool) -> Command:
    return Command(
        0x86,
        0x00,
        0x00,
        write_tlv(_DYNAMIC, data),
        expected=MAX_SHORT_RESPONSE,
        cla=_CHAINED if chained else 0x00,
    )


def _answer(data: bytes, tag: int) -> bytes:
    found = [value for found_tag, value in read_all(read_one(data, _DYNAMIC)) if found_tag == tag]
    if len(found) != 1:
        raise MalformedData(f"the card's PACE answer lacks object {tag:X}")
    return found[0]
