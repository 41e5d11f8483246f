"""The other side of the chip's protocols, for tests of what the chip does once it is open."""

import secrets
from hashlib import sha1

from asn1crypto import keys
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from ecdsa import BRAINPOOLP256r1
from ecdsa.ellipticcurve import PointJacobi

from cardreader.emulator.chip import Chip
from cardreader.emulator.der import tlv
from cardreader.emulator.suites import PASSWORD, AesSuite, Suite, TripleDesSuite, derive, pad, unpad

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
        return self.chip.process(bytes.fromhex(command))

    def open_with_bac(self, access_information: str) -> bytes:
        """Return the chip's answer to the mutual authentication, its status word last."""
        self.chip.process(SELECT_APPLICATION)
        challenge = self.plain("0084000008")[:-2]
        seed = sha1(access_information.encode()).digest()[:16]
        document = TripleDesSuite.derived(seed)
        nonce, material = secrets.token_bytes(8), secrets.token_bytes(16)
        sent = document.encrypt(b"", nonce + challenge + material)
        answer = self.chip.process(bytes.fromhex("0082000028") + sent + document.mac(sent) + b"\x28")
        if answer[-2:] == b"\x90\x00":
            theirs = document.decrypt(b"", answer[:32])[16:]
            shared = bytes(a ^ b for a, b in zip(material, theirs, strict=True))
            self.suite = TripleDesSuite.derived(shared)
            self.counter = int.from_bytes(challenge[-4:] + nonce[-4:])
        return answer

    def open_with_pace(self, can: str) -> bytes:
        """Return the chip's answer to the last step, its status word last."""
        generator = BRAINPOOLP256r1.generator
        self.plain("0022C1A40F800A04007F00070202040202830102")
        cipher = Cipher(AES128(derive(can.encode(), PASSWORD)), modes.CBC(bytes(16)))
        nonce = cipher.decryptor().update(self.step(b"", 0x80))
        key = secrets.randbelow(BRAINPOOLP256r1.order - 1) + 1
        theirs = _point(self.step(tlv(0x81, _bytes(generator * key)), 0x82))
        mapped = generator * int.from_bytes(nonce) + theirs * key
        their_public = self.step(tlv(0x83, _bytes(mapped * key)), 0x84)
        suite = AesSuite.derived(int((_point(their_public) * key).x()).to_bytes(32))
        identifier = bytes.fromhex("060A04007F00070202040202")
        token = suite.token(tlv(0x7F49, identifier, tlv(0x86, their_public)))
        answer = self.plain("008600000C" + tlv(0x7C, tlv(0x85, token)).hex() + "00")
        self.suite, self.counter = suite, 0
        return answer

    def step(self, data: bytes, tag: int) -> bytes:
        """Return the value of the object that answers one chained step of PACE."""
        body = tlv(0x7C, data)
        answer = self.chip.process(bytes.fromhex("10860000") + len(body).to_bytes(1) + body + b"\x00")
        assert answer[-2:] == b"\x90\x00"
        assert answer[2] == tag
        return answer[4:-2]

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
        return self.unprotect(self.chip.process(self.protect(header, data, expected, extended=extended)))


def agreed_secret(key_info: bytes) -> tuple[bytes, bytes]:
    """Return an ephemeral public key as chips take it, and the secret that it shares with this one's owner.

    The agreement is OpenSSL's, or plain exponentiation for keys in a finite field.
    """
    found = keys.PublicKeyInfo.load(key_info)
    if found.algorithm in ("dh", "dhpublicnumber"):
        prime, generator = (int(found["algorithm"]["parameters"].native[name]) for name in ("p", "g"))
        size, private = (prime.bit_length() + 7) // 8, secrets.randbits(160)
        public, shared = (
            pow(base, private, prime) for base in (generator, found["public_key"].parsed.native)
        )
        return public.to_bytes(size), shared.to_bytes(size)
    theirs = load_der_public_key(key_info)
    assert isinstance(theirs, ec.EllipticCurvePublicKey)
    ours = ec.generate_private_key(theirs.curve)
    point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return point, ours.exchange(ec.ECDH(), theirs)


def _point(encoded: bytes) -> PointJacobi:
    return PointJacobi.from_bytes(BRAINPOOLP256r1.curve, encoded, order=BRAINPOOLP256r1.order)


def _bytes(point: PointJacobi) -> bytes:
    return point.to_bytes("uncompressed")
