"""Open the identity application with whatever keys there are (Doc 9303-11 §4.2)."""

from collections.abc import Callable
from dataclasses import dataclass

from cardreader.access.apdu import Channel, PlainChannel, Status, select_application
from cardreader.access.bac import open_with_bac
from cardreader.access.keys import AccessKeys
from cardreader.errors import AccessDenied, CardRefused, KeyMissing, NotAnIdCard
from cardreader.lds.datagroups import APPLICATION_ID
from cardreader.transport import Transport


@dataclass(frozen=True, slots=True)
class Opened:
    """The protected channel to the selected application, and the protocol that granted it."""

    channel: Channel
    access: str


def open_card(transport: Transport, keys: AccessKeys, *, random_bytes: Callable[[int], bytes]) -> Opened:
    """Return the application opened by BAC with the first of the at most two zones that fits.

    Raises NotAnIdCard: there is no such application. KeyMissing: no zone was given.
    AccessDenied: the card knows none of the keys.
    """
    _select(PlainChannel(transport))
    if not keys.zones:
        raise KeyMissing("this card opens with the zone only")
    denied = AccessDenied("no key was tried")
    for zone in keys.zones:
        try:
            return Opened(open_with_bac(transport, zone, random_bytes=random_bytes), "BAC")
        except AccessDenied as error:
            denied = error
    raise denied


def _select(channel: Channel) -> None:
    _, sw = channel.send(select_application(APPLICATION_ID))
    if sw == Status.FILE_NOT_FOUND:
        raise NotAnIdCard("the card has no identity application")
    if sw != Status.OK:
        raise CardRefused(sw)
