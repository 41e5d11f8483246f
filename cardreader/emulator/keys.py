"""The chip's own key pairs: key agreement for chip authentication, signatures for active authentication."""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Protocol

import ecdsa
import gmpy2
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from ecdsa.util import sigencode_der, sigencode_string

from cardreader.emulator.domains import Curve, Random, domain, private_key
from cardreader.emulator.offers import ActiveOffer, EcdsaOffer, RsaOffer

# The first byte of a two-byte trailer; ISO/IEC 10118-3 gives each hash function its number.
_HASH_NUMBERS = {"sha1": 0x33, "sha224": 0x38, "sha256": 0x34, "sha384": 0x36, "sha512": 0x35}


@dataclass(frozen=True, slots=True)
class AgreementKey:
    """A static Diffie-Hellman key over a standardized domain, which its public form may spell out."""

    parameter_id: int
    private: int = field(repr=False)
    explicit: bool = False

    @classmethod
    def generate(cls, parameter_id: int, *, explicit: bool = False) -> "AgreementKey":
        """Return a fresh key."""
        return cls(parameter_id, private_key(domain(parameter_id), secrets.token_bytes), explicit)

    def public_key_info(self) -> bytes:
        """Return the SubjectPublicKeyInfo in DER."""
        parameters = domain(self.parameter_id)
        public = parameters.multiply(parameters.generator, self.private)
        return parameters.public_key_info(public, explicit=self.explicit)


class ActiveKey(Protocol):
    """A key that answers INTERNAL AUTHENTICATE."""

    def public_key_info(self) -> bytes: ...

    def sign(self, nonce: bytes, random: Random) -> bytes: ...


@dataclass(frozen=True, slots=True)
class EcdsaKey:
    """Active authentication by ECDSA; ICAO Doc 9303-11 §6.1.2.3."""

    offer: EcdsaOffer
    private: int = field(repr=False)

    def public_key_info(self) -> bytes:
        """Return the SubjectPublicKeyInfo in DER."""
        return AgreementKey(self.offer.parameter_id, self.private, self.offer.explicit).public_key_info()

    def sign(self, nonce: bytes, random: Random) -> bytes:  # noqa: ARG002 -- ecdsa makes its own secret number
        """Return r and s over the nonce, plain or as an ASN.1 sequence."""
        key = ecdsa.SigningKey.from_secret_exponent(self.private, Curve(self.offer.parameter_id).named)
        encoding = sigencode_der if self.offer.der else sigencode_string
        digest = hashlib.new(self.offer.digest, nonce).digest()
        return bytes(key.sign_digest(digest, sigencode=encoding, allow_truncate=True))


@dataclass(frozen=True, slots=True)
class RsaKey:
    """Active authentication by RSA with message recovery; ISO/IEC 9796-2 scheme 1, Doc 9303-11 §6.1.2.2."""

    offer: RsaOffer
    private: rsa.RSAPrivateKey = field(repr=False)

    def public_key_info(self) -> bytes:
        """Return the SubjectPublicKeyInfo in DER."""
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, nonce: bytes, random: Random) -> bytes:
        """Return the signature over a message of fresh random bytes, then the nonce."""
        numbers = self.private.private_numbers()
        modulus = numbers.public_numbers.n
        block = int.from_bytes(self.representative(nonce, random))
        signature = int(gmpy2.powmod(block, numbers.d, modulus))
        if self.offer.smaller:
            signature = min(signature, modulus - signature)
        return signature.to_bytes(self.private.key_size // 8, "big")

    def representative(self, nonce: bytes, random: Random) -> bytes:
        """Return what is signed, as long as the modulus: 6A, the recoverable part, the hash, the trailer."""
        digest = self.offer.digest
        trailer = bytes((_HASH_NUMBERS[digest], 0xCC)) if self.offer.named_hash else b"\xbc"
        size = hashlib.new(digest).digest_size
        recoverable = random(self.private.key_size // 8 - 1 - size - len(trailer))
        return b"\x6a" + recoverable + hashlib.new(digest, recoverable + nonce).digest() + trailer


def generate_active_key(offer: ActiveOffer) -> ActiveKey:
    """Return a fresh key for the offer."""
    if isinstance(offer, RsaOffer):
        return RsaKey(offer, rsa.generate_private_key(public_exponent=65537, key_size=offer.bits))
    return EcdsaKey(offer, AgreementKey.generate(offer.parameter_id).private)
