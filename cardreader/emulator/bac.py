"""Basic access control as the chip does it; ICAO Doc 9303-11 §4.3."""

from collections.abc import Callable
from hashlib import sha1
from hmac import compare_digest

from cardreader.emulator.commands import Refused, Status
from cardreader.emulator.messaging import SecureChannel
from cardreader.emulator.suites import TripleDesSuite

CHALLENGE_LENGTH = 8
_CRYPTOGRAM_LENGTH = 32


def mutual_authentication(
    sent: bytes, *, challenge: bytes, access_information: str, random: Callable[[int], bytes]
) -> tuple[bytes, SecureChannel]:
    """Return the chip's 40-byte proof and the channel that both sides then share.

    `sent` is the terminal's cryptogram and MAC over both nonces and its key
    material, `challenge` the nonce given out before.

    Raises Refused: WRONG_LENGTH, or AUTHENTICATION_FAILED for a wrong key or nonce.
    """
    if len(sent) != _CRYPTOGRAM_LENGTH + 8:
        raise Refused(Status.WRONG_LENGTH)
    document = TripleDesSuite.derived(_sha1(access_information.encode("ascii"))[:16])
    cryptogram, mac = sent[:_CRYPTOGRAM_LENGTH], sent[_CRYPTOGRAM_LENGTH:]
    opened = document.decrypt(b"", cryptogram)
    terminal_nonce, echoed, terminal_material = opened[:8], opened[8:16], opened[16:]
    if not compare_digest(document.mac(cryptogram), mac) or not compare_digest(echoed, challenge):
        raise Refused(Status.AUTHENTICATION_FAILED)
    chip_material = random(16)
    proof = document.encrypt(b"", challenge + terminal_nonce + chip_material)
    shared = bytes(a ^ b for a, b in zip(terminal_material, chip_material, strict=True))
    channel = SecureChannel(TripleDesSuite.derived(shared), challenge[-4:] + terminal_nonce[-4:])
    return proof + document.mac(proof), channel


def _sha1(data: bytes) -> bytes:
    return sha1(data, usedforsecurity=False).digest()
