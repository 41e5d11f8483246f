"""The other side of the chip's protocols, for tests of what the chip does once it is open."""

import secrets
from hashlib import sha1

from asn1crypto import core
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cardreader.emulator.chip import Chip
from cardreader.emulator.der import object_identifier, tlv
from cardreader.emulator.domains import domain, private_key
from cardreader.emulator.mapping import integrated_mapping
from cardreader.emulator.offers import PaceOffer
from cardreader.emulator.suites import (
    PASSWORD,
    CipherKind,
    Suite,
    TripleDesSuite,
    derive,
    derived_suite,
    pad,
    unpad,
)
from cardreader.emulator.tags import data_objects

SELECT_APPLICATION = bytes.fromhex("00A4040C07A0000002471001")


class Terminal:
    """A terminal in conversation with one chip.

    It uses the chip's own cipher suites: whether those are right is the matter of
    the tests on ICAO's worked examples, and of the real reader in tests/integration.
    """

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.suite: Suite
        self.counter = 0

    def plain(self, command: str) -> bytes:
        return self.exchange(bytes.fromhex(command))

    def exchange(self, command: bytes) -> bytes:
        """Return the whole answer, its pieces fetched and joined."""
        answer = self.chip.process(command)
        while answer[-2] == 0x61:
            answer = answer[:-2] + self.chip.process(bytes.fromhex("00C00000") + answer[-1:])
        return answer

    def open_with_bac(self, access_information: str) -> bytes:
        """Return the chip's answer to the mutual authentication, its status word last."""
        self.exchange(SELECT_APPLICATION)
        challenge = self.plain("0084000008")[:-2]
        seed = sha1(access_information.encode()).digest()[:16]
        document = TripleDesSuite.derived(seed)
        nonce, material = secrets.token_bytes(8), secrets.token_bytes(16)
        sent = document.encrypt(b"", nonce + challenge + material)
        answer = self.exchange(bytes.fromhex("0082000028") + sent + document.mac(sent) + b"\x28")
        if answer[-2:] == b"\x90\x00":
            theirs = document.decrypt(b"", answer[:32])[16:]
            shared = bytes(a ^ b for a, b in zip(material, theirs, strict=True))
            self.suite = TripleDesSuite.derived(shared)
            self.counter = int.from_bytes(challenge[-4:] + nonce[-4:])
        return answer

    def open_with_pace(self, can: str, offer: PaceOffer | None = None) -> bytes:
        """Return the chip's answer to the last step, its status word last."""
        return self._run_pace(can.encode(), 2, offer or PaceOffer())

    def open_with_pace_by_zone(self, access_information: str, offer: PaceOffer) -> bytes:
        return self._run_pace(sha1(access_information.encode()).digest(), 1, offer)

    def _run_pace(self, password: bytes, reference: int, offer: PaceOffer) -> bytes:
        parameters, kind = domain(offer.parameter_id), offer.cipher
        protocol = object_identifier(offer.protocol)
        chosen = tlv(0x80, protocol[2:]) + tlv(0x83, bytes((reference,)))
        assert self.plain("0022C1A4" + bytes((len(chosen),)).hex() + chosen.hex()) == b"\x90\x00"
        nonce = decrypted(kind, derive(password, PASSWORD, kind.key_length), self.step(b"", 0x80))
        key = private_key(parameters, secrets.token_bytes)
        if offer.mapping == "IM":
            ours = secrets.token_bytes(kind.key_length)
            assert self.step(tlv(0x81, ours), 0x82) == b""
            mapped = integrated_mapping(parameters, kind, nonce, ours)
        else:
            public = parameters.encode(parameters.multiply(parameters.generator, key))
            self.chip_mapping_key = self.step(tlv(0x81, public), 0x82)
            agreed = parameters.multiply(parameters.decode(self.chip_mapping_key), key)
            scaled = parameters.multiply(parameters.generator, int.from_bytes(nonce))
            mapped = parameters.combine(scaled, agreed)
        public = parameters.encode(parameters.multiply(mapped, key))
        theirs = self.step(tlv(0x83, public), 0x84)
        shared = parameters.shared_secret(parameters.multiply(parameters.decode(theirs), key))
        suite = derived_suite(kind, shared)
        token = suite.token(tlv(0x7F49, protocol, tlv(parameters.public_tag, theirs)))
        answer = self.plain("008600000C" + tlv(0x7C, tlv(0x85, token)).hex() + "00")
        self.suite, self.counter, self.shared = suite, 0, shared
        if answer[-2:] == b"\x90\x00":
            expected = suite.token(tlv(0x7F49, protocol, tlv(parameters.public_tag, public)))
            assert answer[4:12] == expected
        return answer

    def step(self, data: bytes, tag: int) -> bytes:
        """Return the value of the object that answers one chained step of PACE."""
        body = tlv(0x7C, data)
        if len(body) > 255:
            command = b"\x00" + len(body).to_bytes(2) + body + b"\x00\x00"
        else:
            command = len(body).to_bytes(1) + body + b"\x00"
        answer = self.exchange(bytes.fromhex("10860000") + command)
        assert answer[-2:] == b"\x90\x00", answer.hex()
        return data_objects(data_objects(answer[:-2])[0x7C])[tag]

    def protect(
        self, header: str, data: bytes = b"", expected: bytes = b"", *, extended: bool = False
    ) -> bytes:
        """Return the protected command; `expected` is the Le field to go inside."""
        self.counter += 1
        counter = self.counter.to_bytes(self.suite.block)
        head = bytes((0x0C,)) + bytes.fromhex(header)[1:]
        body = b""
        if data:
            body += tlv(0x87, b"\x01" + self.suite.encrypt(counter, pad(data, self.suite.block)))
        if expected:
            body += tlv(0x97, expected)
        body += tlv(0x8E, self.suite.mac(counter + pad(head, self.suite.block) + body))
        if extended:
            return head + b"\x00" + len(body).to_bytes(2) + body + b"\x00\x00"
        return head + len(body).to_bytes(1) + body + b"\x00"

    def unprotect(self, answer: bytes) -> tuple[bytes, str]:
        """Return the plain data and the status word in hexadecimal; the MAC must be right."""
        self.counter += 1
        counter = self.counter.to_bytes(self.suite.block)
        covered, mac, status = answer[:-12], answer[-10:-2], answer[-2:]
        assert self.suite.mac(counter + covered) == mac
        assert covered[-2:] == status
        encrypted = covered[:-4]
        if not encrypted:
            return b"", status.hex()
        start = encrypted.index(b"\x01", 2 if encrypted[1] < 0x80 else 2 + (encrypted[1] & 0x7F)) + 1
        return unpad(self.suite.decrypt(counter, encrypted[start:])), status.hex()

    def send(
        self, header: str, data: bytes = b"", expected: bytes = b"", *, extended: bool = False
    ) -> tuple[bytes, str]:
        return self.unprotect(self.exchange(self.protect(header, data, expected, extended=extended)))


CURVES: dict[int, type[ec.EllipticCurve]] = {
    12: ec.SECP256R1,
    13: ec.BrainpoolP256R1,
    15: ec.SECP384R1,
    16: ec.BrainpoolP384R1,
}


def agreed_secret(key_info: bytes, parameter_id: int) -> tuple[bytes, bytes]:
    """Return an ephemeral public key as chips take it, and the secret that it shares with this one's owner.

    The agreement is OpenSSL's, or plain exponentiation with the numbers of the key itself.
    """
    found = core.Sequence.load(key_info)
    bits = found[1].contents[1:]
    if parameter_id not in CURVES:
        prime, generator = (found[0][1][index].native for index in (0, 1))
        size, private = (prime.bit_length() + 7) // 8, secrets.randbits(160)
        theirs = core.Integer.load(bits).native
        return pow(generator, private, prime).to_bytes(size), pow(theirs, private, prime).to_bytes(size)
    curve = CURVES[parameter_id]()
    ours = ec.generate_private_key(curve)
    point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return point, ours.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve, bits))


def decrypted(kind: CipherKind, key: bytes, blocks: bytes) -> bytes:
    """Return what the chip encrypted with a zero IV."""
    algorithm = TripleDES(key + key[:8]) if kind is CipherKind.TRIPLE_DES else AES(key)
    return Cipher(algorithm, modes.CBC(bytes(kind.block))).decryptor().update(blocks)
