"""Which of a chip's ways to run PACE are taken, and in which order (Doc 9303-11 §9.2, §9.5.1)."""

from collections.abc import Iterable

from cardreader.access.mapping import CIPHERS, Cipher, Group, Mapping
from cardreader.lds.security_infos import PACE_PREFIX, PaceInfo
from cardreader.session.curves import CURVES, Domain
from cardreader.session.fields import FIELDS

MAX_OFFERS = 4

_VERSION = 2
_NO_POINT_ENCODING = 10  # NIST P-224: its prime leaves 1 when divided by 4
_LARGEST_SHORT_KEY = 240  # a public key with its headers in a short command


def mapping_of(offer: PaceInfo) -> Mapping:
    """Return the mapping of an offer that `ranked` gave."""
    return Mapping(offer.protocol[len(PACE_PREFIX)])


def cipher_of(offer: PaceInfo) -> Cipher:
    """Return the cipher of an offer that `ranked` gave."""
    return CIPHERS[offer.protocol[-1]]


def group_of(offer: PaceInfo) -> Group:
    """Return the standard group of an offer that `ranked` gave."""
    if mapping_of(offer).on_curve:
        return Domain(offer.parameter_id)
    return FIELDS[offer.parameter_id]


def ranked(offers: Iterable[PaceInfo], *, extended: bool) -> list[PaceInfo]:
    """Return the offers that can be taken, at most MAX_OFFERS, the one to try first in front.

    The strongest cipher counts most (AES-256, 192, 128, 3DES), then curves before finite fields,
    then the mapping that also proves the chip, generic before integrated mapping; between
    offers that are alike in this the chip's own order stands. Without extended length a public
    key of 2,048 bits cannot be sent.
    """
    known = [offer for offer in offers if _supported(offer, extended=extended)]
    return sorted(known, key=_weakness)[:MAX_OFFERS]


def _supported(offer: PaceInfo, *, extended: bool) -> bool:
    kind, cipher = offer.protocol[len(PACE_PREFIX) :]
    if offer.version != _VERSION or kind not in set(Mapping) or cipher not in CIPHERS:
        return False
    mapping = Mapping(kind)
    if offer.parameter_id not in (CURVES if mapping.on_curve else FIELDS):
        return False
    if mapping is Mapping.ECDH_INTEGRATED and offer.parameter_id == _NO_POINT_ENCODING:
        return False
    if mapping is Mapping.ECDH_CHIP_AUTHENTICATION and CIPHERS[cipher].triple_des:
        return False
    return extended or group_of(offer).key_bytes <= _LARGEST_SHORT_KEY


def _weakness(offer: PaceInfo) -> tuple[int, bool, bool, bool]:
    mapping, cipher = mapping_of(offer), offer.protocol[-1]
    return (
        -cipher,
        not mapping.on_curve,
        mapping is not Mapping.ECDH_CHIP_AUTHENTICATION,
        mapping.integrated,
    )
