"""Keys that sign documents and certificates, of every kind that authorities use; ICAO Doc 9303-12 §4."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import ecdsa
from asn1crypto import algos
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from ecdsa.util import sigencode_der

from cardreader.emulator.domains import BRAINPOOL_P256R1, Curve
from cardreader.emulator.offers import Digest

_RSA_EXPONENT = 65537


@dataclass(frozen=True, slots=True)
class SigningChoice:
    """How an authority's key signs.

    parameter_id: the curve of ECDSA. bits: the modulus of RSA.
    explicit: the certificate spells the curve's parameters out.
    bare: the signature's algorithm says only RSA, and the hash stands elsewhere, as in many security objects.
    """

    kind: Literal["ECDSA", "RSA", "RSA-PSS"] = "ECDSA"
    digest: Digest = "sha256"
    parameter_id: int = BRAINPOOL_P256R1
    bits: int = 2048
    explicit: bool = False
    bare: bool = False


class SigningKey(Protocol):
    """A private key that signs in the way that was chosen for it."""

    @property
    def choice(self) -> SigningChoice: ...

    def public_key_info(self) -> bytes: ...

    def sign(self, data: bytes) -> bytes: ...

    def pem(self) -> bytes: ...


def generate_signing_key(choice: SigningChoice) -> SigningKey:
    """Return a fresh key."""
    if choice.kind == "ECDSA":
        return EcdsaSigningKey(choice, ecdsa.SigningKey.generate(Curve(choice.parameter_id).named))
    return RsaSigningKey(choice, rsa.generate_private_key(_RSA_EXPONENT, choice.bits))


def load_signing_key(pem: bytes, choice: SigningChoice) -> SigningKey:
    """Return the key that `pem` wrote, signing in the chosen way.

    Raises ValueError: no such key, an encrypted one, or one of another kind or curve.
    """
    if choice.kind == "ECDSA":
        try:
            key = ecdsa.SigningKey.from_pem(pem)
        except (
            ecdsa.der.UnexpectedDER,
            ecdsa.keys.MalformedPointError,
            ecdsa.curves.UnknownCurveError,
        ) as error:
            raise ValueError("no private key on a known curve") from error
        if key.curve != Curve(choice.parameter_id).named:
            raise ValueError("a private key on another curve")
        return EcdsaSigningKey(choice, key)
    loaded = load_pem_private_key(pem, password=None)
    if not isinstance(loaded, rsa.RSAPrivateKey):
        raise ValueError("not an RSA key")  # noqa: TRY004 -- the file's content is wrong, not the caller's type
    return RsaSigningKey(choice, loaded)


def signature_algorithm(choice: SigningChoice) -> Any:
    """Return the choice's AlgorithmIdentifier as asn1crypto builds it."""
    if choice.kind == "RSA-PSS":
        digest = {"algorithm": choice.digest}
        return algos.SignedDigestAlgorithm(
            {
                "algorithm": "rsassa_pss",
                "parameters": {
                    "hash_algorithm": digest,
                    "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": digest},
                    "salt_length": hashlib.new(choice.digest).digest_size,
                },
            }
        )
    name = "rsassa_pkcs1v15" if choice.bare else f"{choice.digest}_{choice.kind.lower()}"
    return algos.SignedDigestAlgorithm({"algorithm": name})


@dataclass(frozen=True, slots=True)
class EcdsaSigningKey:
    """ECDSA, its signatures ASN.1 sequences of r and s."""

    choice: SigningChoice
    _key: Any = field(repr=False)

    def public_key_info(self) -> bytes:
        """Return the SubjectPublicKeyInfo in DER."""
        parameters = "explicit" if self.choice.explicit else "named_curve"
        return bytes(self._key.verifying_key.to_der(curve_parameters_encoding=parameters))

    def sign(self, data: bytes) -> bytes:
        """Return the signature over the data's hash, cut to the curve's length where it is longer."""
        digest = hashlib.new(self.choice.digest, data).digest()
        return bytes(self._key.sign_digest(digest, sigencode=sigencode_der, allow_truncate=True))

    def pem(self) -> bytes:
        """Return the private key as PKCS #8."""
        return bytes(self._key.to_pem(format="pkcs8"))


@dataclass(frozen=True, slots=True)
class RsaSigningKey:
    """RSA with PKCS #1 version 1.5 or with PSS, the salt as long as the hash."""

    choice: SigningChoice
    _key: rsa.RSAPrivateKey = field(repr=False)

    def public_key_info(self) -> bytes:
        """Return the SubjectPublicKeyInfo in DER."""
        return self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data: bytes) -> bytes:
        """Return the signature over the data's hash."""
        digest: hashes.HashAlgorithm = getattr(hashes, self.choice.digest.upper())()
        if self.choice.kind == "RSA-PSS":
            pss = padding.PSS(padding.MGF1(digest), salt_length=digest.digest_size)
            return self._key.sign(data, pss, digest)
        return self._key.sign(data, padding.PKCS1v15(), digest)

    def pem(self) -> bytes:
        """Return the private key as PKCS #8."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
