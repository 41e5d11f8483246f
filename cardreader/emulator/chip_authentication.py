"""Chip authentication version 1 as the chip does it; ICAO Doc 9303-11 §6.2 and BSI TR-03110-3 B.2.

The chip shows that it has the private key of DG14 by going on under the keys
that only this private key can lead to; it does not look at anything else.
"""

from cardreader.emulator.commands import Refused, Status
from cardreader.emulator.der import object_identifier, tlv
from cardreader.emulator.domains import domain
from cardreader.emulator.keys import AgreementKey
from cardreader.emulator.messaging import SecureChannel
from cardreader.emulator.offers import ChipOffer
from cardreader.emulator.suites import CipherKind, derived_suite
from cardreader.emulator.tags import data_objects

_PROTOCOL, _KEY_REFERENCE, _PUBLIC_KEY_KAT, _PUBLIC_KEY = 0x80, 0x84, 0x91, 0x80
_DYNAMIC_AUTHENTICATION = 0x7C


def check_template(offer: ChipOffer, data: bytes) -> None:
    """Take the data of MSE:Set AT, which choose protocol and key.

    Raises Refused: WRONG_DATA (another protocol), REFERENCE_NOT_FOUND (another key).
    """
    objects = data_objects(data)
    if objects.get(_PROTOCOL) != object_identifier(offer.protocol)[2:]:
        raise Refused(Status.WRONG_DATA)
    _check_reference(offer, objects)


def agreed_by_template(offer: ChipOffer, key: AgreementKey, data: bytes) -> SecureChannel:
    """Return the new channel from MSE:Set KAT, the one command that triple DES needs.

    Raises Refused: WRONG_DATA (also for AES, which must not go this way), REFERENCE_NOT_FOUND.
    """
    objects = data_objects(data)
    if offer.cipher is not CipherKind.TRIPLE_DES:
        raise Refused(Status.WRONG_DATA)
    _check_reference(offer, objects)
    return _agreed(offer, key, objects.get(_PUBLIC_KEY_KAT, b""))


def agreed(offer: ChipOffer, key: AgreementKey, data: bytes) -> tuple[bytes, SecureChannel]:
    """Return the answer to GENERAL AUTHENTICATE and the channel that follows it.

    Raises Refused: WRONG_DATA.
    """
    objects = data_objects(data)
    if objects.keys() != {_DYNAMIC_AUTHENTICATION}:
        raise Refused(Status.WRONG_DATA)
    public = data_objects(objects[_DYNAMIC_AUTHENTICATION]).get(_PUBLIC_KEY, b"")
    return tlv(_DYNAMIC_AUTHENTICATION), _agreed(offer, key, public)


def _check_reference(offer: ChipOffer, objects: dict[int, bytes]) -> None:
    """A chip with one nameless key ignores the reference; one that numbers its key insists on it."""
    if offer.key_id is not None and objects.get(_KEY_REFERENCE) != bytes((offer.key_id,)):
        raise Refused(Status.REFERENCE_NOT_FOUND)


def _agreed(offer: ChipOffer, key: AgreementKey, public: bytes) -> SecureChannel:
    parameters = domain(key.parameter_id)
    shared = parameters.multiply(parameters.decode(public), key.private)
    suite = derived_suite(offer.cipher, parameters.shared_secret(shared))
    return SecureChannel(suite, bytes(suite.block))
