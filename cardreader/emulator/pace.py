"""PACE with generic mapping over brainpoolP256r1 and AES-128, as the chip does it; ICAO Doc 9303-11 §4.4."""

from collections.abc import Callable
from hashlib import sha1
from hmac import compare_digest
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from ecdsa import BRAINPOOLP256r1
from ecdsa.ellipticcurve import INFINITY, PointJacobi

from cardreader.emulator.commands import Refused, Status
from cardreader.emulator.der import object_identifier, tlv
from cardreader.emulator.messaging import SecureChannel
from cardreader.emulator.suites import PASSWORD, AesSuite, derive
from cardreader.emulator.tags import data_objects

_GM_ECDH_AES_128 = object_identifier("0.4.0.127.0.7.2.2.4.2.2")
_MRZ, _CAN = b"\x01", b"\x02"
_BRAINPOOL_P256R1 = b"\x0d"
_NONCE_LENGTH = 16
_COORDINATE_LENGTH = 32
_UNCOMPRESSED = 0x04
_CURVE = BRAINPOOLP256r1.curve
_ORDER: int = BRAINPOOLP256r1.order

Random = Callable[[int], bytes]


class PaceExchange:
    """One run of the protocol, from the chosen password to the keys, its steps taken once and in order."""

    def __init__(self, chosen: bytes, *, can: str, access_information: str, random: Random) -> None:
        """Begin with the data of MSE:Set AT.

        Raises Refused: WRONG_DATA (another protocol or other domain parameters),
        REFERENCE_NOT_FOUND (another password than MRZ or CAN).
        """
        objects = data_objects(chosen)
        if (
            objects.get(0x80) != _GM_ECDH_AES_128[2:]
            or objects.get(0x84, _BRAINPOOL_P256R1) != _BRAINPOOL_P256R1
        ):
            raise Refused(Status.WRONG_DATA)
        secrets = {_MRZ: _sha1(access_information.encode("ascii")), _CAN: can.encode("ascii")}
        password = secrets.get(objects.get(0x83, b""))
        if password is None:
            raise Refused(Status.REFERENCE_NOT_FOUND)
        self._password_key = derive(password, PASSWORD)
        self._random = random
        self._nonce = b""
        self._generator: Any = None
        self._key = 0
        self._public = self._terminal_public = b""
        self._shared = b""
        self._steps = iter((self._give_nonce, self._map, self._agree, self._authenticate))
        self.channel: SecureChannel | None = None

    def answer(self, data: bytes) -> bytes:
        """Return the authentication data that answer the terminal's; after the last, `channel` is open.

        Raises Refused: WRONG_DATA, or AUTHENTICATION_FAILED where the token shows another password.
        """
        outer = data_objects(data)
        if outer.keys() != {0x7C}:
            raise Refused(Status.WRONG_DATA)
        return tlv(0x7C, next(self._steps)(data_objects(outer[0x7C])))

    @property
    def last_step(self) -> bool:
        """Whether the terminal's token is what comes next: the command that ends the chain."""
        return bool(self._shared)

    def _give_nonce(self, _sent: dict[int, bytes]) -> bytes:
        self._nonce = self._random(_NONCE_LENGTH)
        cipher = Cipher(AES128(self._password_key), modes.CBC(bytes(16)))
        return tlv(0x80, cipher.encryptor().update(self._nonce))

    def _map(self, sent: dict[int, bytes]) -> bytes:
        """Agree on a new generator from the nonce and a first key agreement; §4.4.3.3.1."""
        theirs = _point(sent.get(0x81, b""))
        key = _private_key(self._random)
        generator = BRAINPOOLP256r1.generator
        self._generator = generator * int.from_bytes(self._nonce, "big") + theirs * key
        if self._generator == INFINITY:
            raise Refused(Status.WRONG_DATA)
        return tlv(0x82, _bytes(generator * key))

    def _agree(self, sent: dict[int, bytes]) -> bytes:
        self._terminal_public = sent.get(0x83, b"")
        theirs = _point(self._terminal_public)
        self._key = _private_key(self._random)
        self._public = _bytes(self._generator * self._key)
        if self._public == self._terminal_public:
            raise Refused(Status.WRONG_DATA)
        self._shared = int((theirs * self._key).x()).to_bytes(_COORDINATE_LENGTH, "big")
        return tlv(0x84, self._public)

    def _authenticate(self, sent: dict[int, bytes]) -> bytes:
        suite = AesSuite.derived(self._shared)
        if not compare_digest(suite.token(_authenticated(self._public)), sent.get(0x85, b"")):
            raise Refused(Status.AUTHENTICATION_FAILED)
        self.channel = SecureChannel(suite, bytes(suite.block))
        return tlv(0x86, suite.token(_authenticated(self._terminal_public)))


def _authenticated(public_key: bytes) -> bytes:
    """Return the public key data object that a token covers: protocol and ephemeral key; §4.4.3.4."""
    return tlv(0x7F49, _GM_ECDH_AES_128, tlv(0x86, public_key))


def _private_key(random: Random) -> int:
    while not 0 < (key := int.from_bytes(random(_COORDINATE_LENGTH), "big")) < _ORDER:
        continue
    return key


def _point(encoded: bytes) -> Any:
    """Return the point; `ecdsa` itself does not ask whether it lies on the curve.

    Raises Refused: another length or form, a coordinate outside the field, or off the curve.
    """
    x, y = (int.from_bytes(half, "big") for half in (encoded[1:33], encoded[33:]))
    if len(encoded) != 1 + 2 * _COORDINATE_LENGTH or encoded[0] != _UNCOMPRESSED:
        raise Refused(Status.WRONG_DATA)
    if max(x, y) >= _CURVE.p() or not _CURVE.contains_point(x, y):
        raise Refused(Status.WRONG_DATA)
    return PointJacobi(_CURVE, x, y, 1, _ORDER)


def _bytes(point: Any) -> bytes:
    return bytes(point.to_bytes("uncompressed"))


def _sha1(data: bytes) -> bytes:
    return sha1(data, usedforsecurity=False).digest()
