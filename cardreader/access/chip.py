"""Ask the chip to prove itself: active authentication, chip authentication v1 (Doc 9303-11 §6.1, §6.2).

Only the wire: what is asked and what the answers are worth is for `cardreader.proof` to say,
here or far away.
"""

from cardreader.access.apdu import internal_authenticate
from cardreader.access.messaging import SecureChannel
from cardreader.errors import SecureMessagingError
from cardreader.lds.tlv import write_tlv
from cardreader.session.command import MAX_SHORT_RESPONSE, Command, Status, exact_length

_TRIPLE_DES = 0x01
_DYNAMIC = 0x7C


def sign_nonce(channel: SecureChannel, nonce: bytes, *, signature_bytes: int) -> bytes | None:
    """Return the chip's signature over the nonce, empty when it refuses.

    None says that a signature of `signature_bytes` does not fit into the short answers that card
    and reader are left with, so that the chip could not answer.

    Raises SecureMessagingError: the answer is not protected as agreed.
    """
    fits = channel.extended or signature_bytes <= channel.largest_read
    try:
        signature, sw = channel.send(internal_authenticate(nonce, extended=channel.extended))
    except SecureMessagingError:
        if fits:
            raise
        return None
    if sw == Status.OK:
        return signature
    lengths = sw == Status.WRONG_LENGTH or exact_length(sw) is not None
    return None if lengths and not fits else b""


def can_agree(channel: SecureChannel, public_key: bytes) -> bool:
    """Say whether card and reader can carry a public key of this length."""
    return channel.fits(_agreement(public_key))


def authenticate_chip(
    channel: SecureChannel, *, protocol: bytes, key_id: int | None, public_key: bytes, command: bytes
) -> bytes:
    """Return the raw answer, status word included, to a command protected under the new keys.

    `protocol` is the object identifier's value, `public_key` the examiner's, `command` theirs whole.
    The answer is empty when the chip refuses to agree on keys. Afterwards it speaks under the new
    keys only.

    Raises SecureMessagingError: an answer before the switch is not protected as agreed.
    """
    reference = b"" if key_id is None else write_tlv(0x84, _number(key_id))
    if protocol[-1] != _TRIPLE_DES or not _accepted(
        channel, Command(0x22, 0x41, 0xA6, write_tlv(0x91, public_key) + reference)
    ):
        announced = Command(0x22, 0x41, 0xA4, write_tlv(0x80, protocol) + reference)
        if not (_accepted(channel, announced) and _accepted(channel, _agreement(public_key))):
            return b""
    return channel.relay(command)


def _agreement(public_key: bytes) -> Command:
    data = write_tlv(_DYNAMIC, write_tlv(0x80, public_key))
    return Command(0x86, 0x00, 0x00, data, expected=MAX_SHORT_RESPONSE)


def _accepted(channel: SecureChannel, command: Command) -> bool:
    _, sw = channel.send(command)
    return sw == Status.OK


def _number(key_id: int) -> bytes:
    return key_id.to_bytes((key_id.bit_length() + 7) // 8 or 1, "big")
