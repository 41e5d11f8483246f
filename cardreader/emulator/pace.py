"""PACE as the chip does it, in every form that the standard has; ICAO Doc 9303-11 §4.4."""

from collections.abc import Mapping
from hmac import compare_digest

from cardreader.emulator.commands import Refused, Status
from cardreader.emulator.der import object_identifier, tlv
from cardreader.emulator.domains import Element, Random, domain, private_key
from cardreader.emulator.keys import AgreementKey
from cardreader.emulator.mapping import generic_mapping, integrated_mapping, nonce_length
from cardreader.emulator.messaging import SecureChannel
from cardreader.emulator.offers import PaceOffer
from cardreader.emulator.suites import ENCRYPTION, PASSWORD, AesSuite, derive, derived_suite, encrypted, pad
from cardreader.emulator.tags import data_objects

MRZ, CAN = b"\x01", b"\x02"


class PaceExchange:
    """One run of the protocol, from the chosen password to the keys, its steps taken once and in order."""

    def __init__(
        self,
        chosen: bytes,
        *,
        offers: tuple[PaceOffer, ...],
        passwords: Mapping[bytes, bytes],
        mapping_key: AgreementKey | None,
        random: Random,
    ) -> None:
        """Begin with the data of MSE:Set AT.

        `passwords` are the secrets by their reference; `mapping_key` is the
        static key of chip-authentication mapping.

        Raises Refused: WRONG_DATA (another protocol or other domain parameters),
        REFERENCE_NOT_FOUND (a password that the chip does not have).
        """
        objects = data_objects(chosen)
        self._offer = _chosen_offer(offers, objects)
        password = passwords.get(objects.get(0x83, b""))
        if password is None:
            raise Refused(Status.REFERENCE_NOT_FOUND)
        self._password_key = derive(password, PASSWORD, self._offer.cipher.key_length)
        self._domain = domain(self._offer.parameter_id)
        self._static = mapping_key
        self._random = random
        self._nonce = b""
        self._generator: Element = None
        self._mapping_private = 0
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
        self._nonce = self._random(nonce_length(self._offer.cipher))
        return tlv(0x80, encrypted(self._offer.cipher, self._password_key, self._nonce))

    def _map(self, sent: dict[int, bytes]) -> bytes:
        theirs = sent.get(0x81, b"")
        if self._offer.mapping == "IM":
            self._generator = integrated_mapping(self._domain, self._offer.cipher, self._nonce, theirs)
            return tlv(0x82)
        self._generator, self._mapping_private, public = generic_mapping(
            self._domain, self._nonce, theirs, random=self._random
        )
        return tlv(0x82, public)

    def _agree(self, sent: dict[int, bytes]) -> bytes:
        self._terminal_public = sent.get(0x83, b"")
        theirs = self._domain.decode(self._terminal_public)
        key = private_key(self._domain, self._random)
        self._public = self._domain.encode(self._domain.multiply(self._generator, key))
        if self._public == self._terminal_public:
            raise Refused(Status.WRONG_DATA)
        self._shared = self._domain.shared_secret(self._domain.multiply(theirs, key))
        return tlv(0x84, self._public)

    def _authenticate(self, sent: dict[int, bytes]) -> bytes:
        suite = derived_suite(self._offer.cipher, self._shared)
        if not compare_digest(suite.token(self._authenticated(self._public)), sent.get(0x85, b"")):
            raise Refused(Status.AUTHENTICATION_FAILED)
        self.channel = SecureChannel(suite, bytes(suite.block))
        token = tlv(0x86, suite.token(self._authenticated(self._terminal_public)))
        return token + (self._chip_authentication_data() if self._offer.mapping == "CAM" else b"")

    def _authenticated(self, public_key: bytes) -> bytes:
        """Return the public key data object that a token covers: protocol and ephemeral key; §4.4.3.4."""
        protocol = object_identifier(self._offer.protocol)
        return tlv(0x7F49, protocol, tlv(self._domain.public_tag, public_key))

    def _chip_authentication_data(self) -> bytes:
        """Return DO'8A': the quotient of the mapping's and the static private key, encrypted; §4.4.3.5."""
        if self._static is None:
            raise Refused(Status.CONDITIONS_NOT_SATISFIED)
        order = self._domain.order
        quotient = self._mapping_private * pow(self._static.private, -1, order) % order
        plain = quotient.to_bytes((order.bit_length() + 7) // 8, "big")
        length = self._offer.cipher.key_length
        return tlv(0x8A, encrypted_chip_data(derive(self._shared, ENCRYPTION, length), plain))


def encrypted_chip_data(session_key: bytes, plain: bytes) -> bytes:
    """Return the chip authentication data padded and encrypted; the IV is the block of ones, encrypted."""
    suite = AesSuite(session_key, session_key)  # its MAC key is not used here
    return suite.encrypt(b"\xff" * suite.block, pad(plain, suite.block))


def _chosen_offer(offers: tuple[PaceOffer, ...], objects: dict[int, bytes]) -> PaceOffer:
    """Return the one offer of the protocol, or of several the one whose domain parameters are named."""
    named = objects.get(0x84)
    found = [
        offer
        for offer in offers
        if objects.get(0x80) == object_identifier(offer.protocol)[2:]
        and named in (None, bytes((offer.parameter_id,)))
    ]
    if len(found) != 1:
        raise Refused(Status.WRONG_DATA)
    return found[0]
