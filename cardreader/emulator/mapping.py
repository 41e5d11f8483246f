"""How PACE turns a secret nonce into a fresh generator; ICAO Doc 9303-11 §4.4.3.3.

Generic mapping takes a key agreement on the way, integrated mapping only
arithmetic. Chip-authentication mapping is generic mapping whose private key the
chip then ties to its static one.
"""

from cardreader.emulator.commands import Refused, Status
from cardreader.emulator.domains import Domain, Element, Random, private_key
from cardreader.emulator.suites import CipherKind, encrypted

# The constants of the pseudo-random function, for ciphers whose nonces have 16 and 32 bytes; §4.4.3.3.2.
_CONSTANTS = {
    16: (
        bytes.fromhex("A668892A7C41E3CA739F40B057D85904"),
        bytes.fromhex("A4E136AC725F738B01C1F60217C188AD"),
    ),
    32: (
        bytes.fromhex("D463D65234124EF7897054986DCA0A174E28DF758CBAA03F240616414D5A1676"),
        bytes.fromhex("54BD7255F0AAF831BEC3423FCF39D69B6CBF066677D0FAAE5AADD99DF8E53517"),
    ),
}
_MARGIN_BITS = 64  # so many more random bits than the field's, so that the remainder is even


def nonce_length(kind: CipherKind) -> int:
    """Return how many bytes the chip's nonce has: whole blocks, not fewer than a key."""
    return -(-kind.key_length // 16) * 16


def generic_mapping(
    domain: Domain, nonce: bytes, theirs: bytes, *, random: Random
) -> tuple[Element, int, bytes]:
    """Return the mapped generator, the private key used on the way, and its public key.

    Raises Refused: WRONG_DATA for a terminal's key outside the domain, or a mapping to nothing.
    """
    key = private_key(domain, random)
    shared = domain.multiply(domain.decode(theirs), key)
    mapped = domain.combine(domain.multiply(domain.generator, int.from_bytes(nonce, "big")), shared)
    if domain.is_neutral(mapped):
        raise Refused(Status.WRONG_DATA)
    return mapped, key, domain.encode(domain.multiply(domain.generator, key))


def integrated_mapping(domain: Domain, kind: CipherKind, nonce: bytes, terminal_nonce: bytes) -> Element:
    """Return the mapped generator from both nonces.

    Raises Refused: WRONG_DATA for a terminal's nonce that is not as long as a key.
    """
    if len(terminal_nonce) != kind.key_length:
        raise Refused(Status.WRONG_DATA)
    mapped = domain.element_of(_pseudo_random(kind, nonce, terminal_nonce, domain.prime))
    if domain.is_neutral(mapped):
        raise Refused(Status.WRONG_DATA)
    return mapped


def _pseudo_random(kind: CipherKind, nonce: bytes, key: bytes, prime: int) -> int:
    """Return R_p(s, t): the cipher run as a generator of bits, taken modulo the prime; figure 2."""
    renewing, yielding = _CONSTANTS[nonce_length(kind)]
    size = len(renewing)
    seed = encrypted(kind, key, nonce)[: kind.key_length]
    bits = b""
    for _ in range(-(-(prime.bit_length() + _MARGIN_BITS) // (8 * size))):
        bits += encrypted(kind, seed, yielding)
        seed = encrypted(kind, seed, renewing)[: kind.key_length]
    return int.from_bytes(bits, "big") % prime
