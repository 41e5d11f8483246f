"""Basic Access Control: prove knowledge of the printed zone, agree on 3DES keys (Doc 9303-11 §4.3)."""

import hashlib
import hmac
from collections.abc import Callable

from cardreader.access.apdu import PlainChannel, demand
from cardreader.access.messaging import SecureChannel
from cardreader.errors import AccessDenied, MalformedData, SecureMessagingError
from cardreader.session.ciphers import MAC_LENGTH, Suite, session_suite
from cardreader.session.command import Command, Status
from cardreader.transport import Transport

_KEY_LENGTH = 16
_NONCE_LENGTH = 8
_ANSWER_LENGTH = 40
_NO_COUNTER = b""  # 3DES has none


def open_with_bac(
    transport: Transport, mrz_info: str, *, extended: bool = False, random_bytes: Callable[[int], bytes]
) -> SecureChannel:
    """Return the protected channel that the application grants for the zone's key input.

    The application must be selected. `extended` says that the card takes extended length.
    `random_bytes(n)` is asked for the nonce (8), then the key half (16).

    Raises AccessDenied: the card does not know this zone. CardRefused: it offers no BAC.
    MalformedData, SecureMessagingError: its answers are not BAC's.
    """
    plain = PlainChannel(transport)
    suite = _suite(hashlib.sha1(mrz_info.encode("ascii")).digest()[:_KEY_LENGTH])  # noqa: S324 - the standard
    card_nonce = demand(plain, Command(0x84, 0x00, 0x00, expected=_NONCE_LENGTH))
    if len(card_nonce) != _NONCE_LENGTH:
        raise MalformedData("the card's challenge has not eight bytes")
    nonce, key_half = random_bytes(_NONCE_LENGTH), random_bytes(_KEY_LENGTH)
    ciphertext = suite.encrypt(nonce + card_nonce + key_half, _NO_COUNTER)
    answer, sw = plain.send(
        Command(0x82, 0x00, 0x00, ciphertext + suite.mac(ciphertext), expected=_ANSWER_LENGTH)
    )
    if sw != Status.OK:
        raise AccessDenied(f"the card refused mutual authentication, SW={sw:04X}")
    card_half = _card_key_half(suite, answer, nonce=nonce, card_nonce=card_nonce)
    secret = bytes(ours ^ theirs for ours, theirs in zip(key_half, card_half, strict=True))
    counter = card_nonce[4:] + nonce[4:]
    return SecureChannel(transport, _suite(secret), counter, extended=extended)


def _card_key_half(suite: Suite, answer: bytes, *, nonce: bytes, card_nonce: bytes) -> bytes:
    if len(answer) != _ANSWER_LENGTH:
        raise MalformedData("the card's authentication answer has not 40 bytes")
    ciphertext, code = answer[:-MAC_LENGTH], answer[-MAC_LENGTH:]
    if not hmac.compare_digest(code, suite.mac(ciphertext)):
        raise SecureMessagingError("the card's authentication code is wrong")
    plain = suite.decrypt(ciphertext, _NO_COUNTER)
    if plain[:16] != card_nonce + nonce:
        raise SecureMessagingError("the card did not answer our challenge")
    return plain[16:]


def _suite(secret: bytes) -> Suite:
    return session_suite(secret, triple_des=True, key_length=_KEY_LENGTH)
