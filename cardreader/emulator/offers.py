"""What a chip offers, as data: ways in and proofs of itself, with their protocols; ICAO Doc 9303-11 §9.2."""

from dataclasses import dataclass
from typing import Literal

from cardreader.emulator.domains import BRAINPOOL_P256R1
from cardreader.emulator.groups import GROUPS
from cardreader.emulator.suites import CipherKind

Mapping = Literal["GM", "IM", "CAM"]
Digest = Literal["sha1", "sha224", "sha256", "sha384", "sha512"]

_BSI_SMARTCARD = "0.4.0.127.0.7.2.2"
_MAPPING_ARCS: dict[tuple[Mapping, bool], int] = {
    ("GM", True): 1,
    ("GM", False): 2,
    ("IM", True): 3,
    ("IM", False): 4,
    ("CAM", False): 6,
}
_PLAIN_ECDSA_ARCS: dict[Digest, int] = {"sha1": 1, "sha224": 2, "sha256": 3, "sha384": 4, "sha512": 5}


@dataclass(frozen=True, slots=True)
class PaceOffer:
    """One way to run PACE, over a standardized domain; chip-authentication mapping is for curves only."""

    mapping: Mapping = "GM"
    cipher: CipherKind = CipherKind.AES_128
    parameter_id: int = BRAINPOOL_P256R1

    @property
    def protocol(self) -> str:
        """The protocol's object identifier, dotted."""
        arc = _MAPPING_ARCS[self.mapping, self.parameter_id in GROUPS]
        return f"{_BSI_SMARTCARD}.4.{arc}.{self.cipher:d}"


@dataclass(frozen=True, slots=True)
class ChipOffer:
    """Chip authentication version 1 over a standardized domain.

    key_id: the key's number in DG14 and in the commands, where a chip gives it one.
    explicit: DG14 spells the curve's parameters out (for DH: PKCS #3 instead of X9.42).
    """

    cipher: CipherKind = CipherKind.AES_128
    parameter_id: int = BRAINPOOL_P256R1
    key_id: int | None = None
    explicit: bool = False

    @property
    def protocol(self) -> str:
        """The protocol's object identifier, dotted."""
        return f"{_BSI_SMARTCARD}.3.{self._agreement}.{self.cipher:d}"

    @property
    def public_key(self) -> str:
        """The object identifier of the entry that holds the public key, dotted."""
        return f"{_BSI_SMARTCARD}.1.{self._agreement}"

    @property
    def _agreement(self) -> int:
        return 1 if self.parameter_id in GROUPS else 2


@dataclass(frozen=True, slots=True)
class EcdsaOffer:
    """Active authentication by ECDSA.

    der: the answer is an ASN.1 sequence of r and s instead of r and s plain.
    announced: DG14 has an ActiveAuthenticationInfo that names the hash.
    explicit: DG15 spells the curve's parameters out.
    """

    parameter_id: int = BRAINPOOL_P256R1
    digest: Digest = "sha256"
    der: bool = False
    announced: bool = True
    explicit: bool = False

    @property
    def algorithm(self) -> str:
        """The signature algorithm's object identifier, dotted: ecdsa-plain-SHA…, BSI TR-03111 §5.2.1."""
        return f"0.4.0.127.0.7.1.1.4.1.{_PLAIN_ECDSA_ARCS[self.digest]}"


@dataclass(frozen=True, slots=True)
class RsaOffer:
    """Active authentication by RSA, ISO/IEC 9796-2 scheme 1.

    named_hash: the trailer names the hash (33CC to 38CC); otherwise it is BC, whatever the hash.
    smaller: of the signature and its negative the smaller one is given, as the standard allows.
    """

    bits: int = 1024
    digest: Digest = "sha1"
    named_hash: bool = False
    smaller: bool = False


ActiveOffer = EcdsaOffer | RsaOffer
