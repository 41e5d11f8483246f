"""Chip authentication v1, the side that examines: the reader, or a gateway far away (Doc 9303-11 §6.2).

A key of ours, used once, is agreed with the chip's static key. Only the chip that holds the
private key can answer the one command that is protected under what came of it.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any, Self

from cardreader.errors import ChipKeyRefused, MalformedData, SecureMessagingError
from cardreader.lds.chip_keys import ChipKeys, ChipPublicKey, parse_chip_keys
from cardreader.lds.tlv import read_all, read_one, write_tlv
from cardreader.proof.agreement import agree, check_element
from cardreader.proof.base64_text import decoded, encoded
from cardreader.proof.reasons import Check, Reason
from cardreader.session.ciphers import session_suite
from cardreader.session.command import Command, Status
from cardreader.session.protection import Protection

VERSION = 1
MAX_PUBLIC_KEY_BYTES = 512
MAX_COMMAND_BYTES = 64
MAX_TRIED_KEYS = 4

_DH, _ECDH = bytes.fromhex("04007F000702020301"), bytes.fromhex("04007F000702020302")
_TRIPLE_DES, _AES_128, _AES_192, _AES_256 = b"\x01", b"\x02", b"\x03", b"\x04"
_KEY_BYTES = {_TRIPLE_DES: 16, _AES_128: 16, _AES_192: 24, _AES_256: 32}
# What is taken first where a chip offers several.
_PREFERRED = [
    family + cipher for cipher in (_AES_256, _AES_192, _AES_128, _TRIPLE_DES) for family in (_ECDH, _DH)
]
_WITHOUT_INFO = {"ecdh": _ECDH + _TRIPLE_DES, "dh": _DH + _TRIPLE_DES}

# The one-time command: READ BINARY of the first bytes of DG1 by its short identifier.
_READ = Command(0xB0, 0x81, 0x00, expected=32)
_PROTECTED_READ = bytes.fromhex("0CB08100")
_OCTETS, _SEQUENCE = 0x04, 0x30


@dataclass(frozen=True, slots=True)
class ChipQuestion:
    """What the chip is asked: to agree on keys by `protocol`, then to answer `command` under them.

    `protocol` is the object identifier's value; `key_id` names one of several keys of the chip;
    `public_key` is ours, as it is sent; `command` is a whole protected command, counter 1.
    """

    protocol: bytes
    key_id: int | None
    public_key: bytes
    command: bytes

    def to_json(self) -> dict[str, Any]:
        """Return the fields; bytes are base64."""
        raw = {"protocol": self.protocol, "public_key": self.public_key, "command": self.command}
        return {name: encoded(part) for name, part in raw.items()} | {"key_id": self.key_id}

    @classmethod
    def from_json(cls, body: object) -> Self:
        """Return the question that `to_json` wrote; other members of the object are ignored.

        Raises MalformedData: another form, an unknown protocol, or a command that is not a
        protected READ BINARY of DG1: a card is never sent anything else on someone's word.
        OversizedData: a key or command beyond the named caps.
        """
        if not isinstance(body, Mapping):
            raise MalformedData("a chip question is an object")
        key_id = body.get("key_id")
        if key_id is not None and (type(key_id) is not int or not 0 <= key_id < 1 << 31):
            raise MalformedData("a chip question names no possible key")
        question = cls(
            protocol=decoded(body.get("protocol"), limit=MAX_PUBLIC_KEY_BYTES),
            key_id=key_id,
            public_key=decoded(body.get("public_key"), limit=MAX_PUBLIC_KEY_BYTES),
            command=decoded(body.get("command"), limit=MAX_COMMAND_BYTES),
        )
        if question.protocol not in _PREFERRED or not question.public_key:
            raise MalformedData("a chip question has an unknown protocol or no key")
        if not question.command.startswith(_PROTECTED_READ):
            raise MalformedData("a chip question asks for something else than DG1")
        return question

    def suits(self, dg14: bytes) -> bool:
        """Say whether the chip of DG14 may be asked: it offers protocol and key, and our key is of its group.

        A chip that computes with an element of another group may give its private key away.
        """
        try:
            for protocol, key_id, key in islice(_offers(parse_chip_keys(dg14)), MAX_TRIED_KEYS):
                if (protocol, key_id) == (self.protocol, self.key_id):
                    check_element(self.public_key, key)
                    return True
        except MalformedData:
            return False
        return False


class ChipExamination:
    """One chip's examination: what it is asked, and the session keys that only it can agree on."""

    def __init__(
        self, protocol: bytes, key_id: int | None, public_key: bytes, *, shared: bytes, keys_digest: bytes
    ) -> None:
        """Derive the session keys; `begin` and `from_secret` make examinations."""
        cipher = protocol[-1:]
        self._suite = session_suite(shared, triple_des=cipher == _TRIPLE_DES, key_length=_KEY_BYTES[cipher])
        self._shared, self._keys_digest = shared, keys_digest
        self.question = ChipQuestion(protocol, key_id, public_key, self._protection().protect(_READ))

    @classmethod
    def begin(cls, dg14: bytes, *, random_bytes: Callable[[int], bytes]) -> Self:
        """Return an examination by the best protocol that DG14 offers with a usable key.

        Says nothing of whether DG14 is genuine: `examine` does.

        Raises ChipKeyRefused: no such key. MalformedData: DG14 is broken.
        """
        for protocol, key_id, key in islice(_offers(parse_chip_keys(dg14)), MAX_TRIED_KEYS):
            try:
                public_key, shared = agree(key, random_bytes)
            except MalformedData:
                continue
            digest = sha256(dg14).digest()
            return cls(protocol, key_id, public_key, shared=shared, keys_digest=digest)
        raise ChipKeyRefused("the card offers no usable key for chip authentication")

    def to_secret(self) -> bytes:
        """Return what `from_secret` needs: whoever has it can answer for the chip, so keep it sealed."""
        key_id = b"" if self.question.key_id is None else self.question.key_id.to_bytes(4, "big")
        parts = (self.question.protocol, key_id, self.question.public_key, self._shared, self._keys_digest)
        return write_tlv(_SEQUENCE, b"".join(write_tlv(_OCTETS, part) for part in parts))

    @classmethod
    def from_secret(cls, secret: bytes) -> Self:
        """Return the examination that `to_secret` wrote.

        Raises MalformedData: it is anything else.
        """
        parts = read_all(read_one(secret, _SEQUENCE))
        if [tag for tag, _ in parts] != [_OCTETS] * 5:
            raise MalformedData("a kept examination has not its five parts")
        protocol, key_id, public_key, shared, digest = (value for _, value in parts)
        whole = protocol in _PREFERRED and public_key and shared and len(digest) == sha256().digest_size
        if not whole or len(key_id) not in (0, 4):
            raise MalformedData("a kept examination is not one")
        number = int.from_bytes(key_id, "big") if key_id else None
        return cls(protocol, number, public_key, shared=shared, keys_digest=digest)

    def verify(self, answer: bytes, *, dg1: bytes, dg14: bytes) -> Check:
        """Say whether the chip with the key of this DG14 answered, with the first bytes of this DG1.

        It may give fewer than were asked for (ISO/IEC 7816-4 §7.2.3): the keys prove it, not the length.

        `answer` is the protected response to the question's command, its status word included. A
        protected refusal is an answer as well: a card without short file identifiers cannot read
        so, but only the chip can say so under these keys. It counts only with the DG14 that the
        examination began with.
        """
        if not hmac.compare_digest(sha256(dg14).digest(), self._keys_digest):
            return Check("failed", Reason.CHIP_ANSWER_WRONG)
        protection = self._protection()
        protection.protect(_READ)
        try:
            data, sw = protection.open(answer[:-2], int.from_bytes(answer[-2:], "big"))
        except SecureMessagingError:
            return Check("failed", Reason.CHIP_ANSWER_WRONG)
        refused = len(answer) > 2 and not data and sw >> 8 not in (0x62, 0x63, 0x90)
        read = sw in (Status.OK, Status.END_OF_FILE) and 0 < len(data) <= (_READ.expected or 0)
        if refused or (read and dg1.startswith(data)):
            return Check("passed")
        return Check("failed", Reason.CHIP_ANSWER_WRONG)

    def _protection(self) -> Protection:
        return Protection(self._suite, bytes(self._suite.block))


def _offers(keys: ChipKeys) -> Iterator[tuple[bytes, int | None, ChipPublicKey]]:
    """Yield protocol, number and key, the best first; where it is not clear which key is meant, none."""
    infos = [info for info in keys.authentications if info.version == VERSION and info.protocol in _PREFERRED]
    for info in sorted(infos, key=lambda info: _PREFERRED.index(info.protocol)):
        fitting = [key for key in keys.public_keys if key.kind == info.kind]
        named = [key for key in fitting if info.key_id is None or key.key_id in (info.key_id, None)]
        if len(named) == 1:
            yield info.protocol, named[0].key_id if info.key_id is None else info.key_id, named[0]
    for key in keys.public_keys:  # a key that no info speaks of is for 3DES (TR-03110-3 A.1.1.2)
        fitting = [other for other in keys.public_keys if other.kind == key.kind]
        named = [other for other in fitting if key.key_id in (other.key_id, None)]
        if len(named) == 1 and not any(info.kind == key.kind for info in keys.authentications):
            yield _WITHOUT_INFO[key.kind], key.key_id, key
