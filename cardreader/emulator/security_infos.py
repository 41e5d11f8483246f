"""Writes the security infos: EF.CardAccess, DG14 and what EF.CardSecurity signs; ICAO Doc 9303-11 §9.2."""

from collections.abc import Iterable
from dataclasses import replace

from cardreader.emulator.der import bit_string, integer, object_identifier, sequence, tlv
from cardreader.emulator.domains import domain
from cardreader.emulator.habits import Habits
from cardreader.emulator.keys import AgreementKey
from cardreader.emulator.offers import ChipOffer, EcdsaOffer, PaceOffer

_TERMINAL_AUTHENTICATION = sequence(object_identifier("0.4.0.127.0.7.2.2.2"), integer(1))
_STANDARDIZED_DOMAIN = "0.4.0.127.0.7.1.2"
_ACTIVE_AUTHENTICATION = "2.23.136.1.1.5"


def card_access(habits: Habits) -> bytes:
    """Return EF.CardAccess: terminal authentication, chip authentication and PACE, in the CCCD's order."""
    return tlv(0x31, *_announced(habits))


def card_security(habits: Habits, key: AgreementKey) -> bytes:
    """Return what EF.CardSecurity signs: EF.CardAccess's entries and the static key of PACE's mapping.

    The key names its domain by the standardized number, BSI TR-03110-3 A.2.1.1.
    """
    parameters = domain(key.parameter_id)
    public = parameters.encode(parameters.multiply(parameters.generator, key.private))
    algorithm = sequence(object_identifier(_STANDARDIZED_DOMAIN), integer(key.parameter_id))
    protocol = object_identifier(ChipOffer(parameter_id=key.parameter_id).public_key)
    key_info = sequence(protocol, sequence(algorithm, bit_string(public)))
    return tlv(0x31, *_announced(habits), key_info)


def dg14(habits: Habits, *, chip_key: bytes | None) -> bytes:
    """Return DG14: every entry of EF.CardAccess, the chip's public key, active authentication's algorithm.

    `chip_key` is the SubjectPublicKeyInfo in DER.
    """
    infos = _announced(habits if habits.dg14_repeats else replace(habits, pace=False))
    if habits.chip is not None and chip_key is not None:
        infos.append(_chip_public_key(habits.chip, chip_key))
    if isinstance(habits.active, EcdsaOffer) and habits.active.announced:
        algorithm = object_identifier(habits.active.algorithm)
        infos.append(sequence(object_identifier(_ACTIVE_AUTHENTICATION), integer(1), algorithm))
    return tlv(0x6E, tlv(0x31, *infos))


def _announced(habits: Habits) -> list[bytes]:
    chip = [_chip_authentication(habits.chip)] if habits.chip is not None else []
    return [_TERMINAL_AUTHENTICATION, *chip, *_pace_infos(habits.pace_offers if habits.pace else ())]


def _pace_infos(offers: Iterable[PaceOffer]) -> list[bytes]:
    return [
        sequence(object_identifier(offer.protocol), integer(2), integer(offer.parameter_id))
        for offer in offers
    ]


def _chip_authentication(offer: ChipOffer) -> bytes:
    return sequence(object_identifier(offer.protocol), integer(1), *_key_id(offer))


def _chip_public_key(offer: ChipOffer, key: bytes) -> bytes:
    return sequence(object_identifier(offer.public_key), key, *_key_id(offer))


def _key_id(offer: ChipOffer) -> list[bytes]:
    return [] if offer.key_id is None else [integer(offer.key_id)]
