"""Open the identity application with whatever keys there are: PACE-CAN, PACE-MRZ, BAC (Doc 9303-11 §4.2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cardreader.access.apdu import (
    Channel,
    PlainChannel,
    select_application,
    select_master_file,
)
from cardreader.access.bac import open_with_bac
from cardreader.access.files import read_file
from cardreader.access.keys import AccessKeys
from cardreader.access.pace import Password, choose_pace, open_with_pace
from cardreader.errors import AccessDenied, CardError, CardRefused, KeyMissing, MalformedData, NotAnIdCard
from cardreader.lds.datagroups import APPLICATION_ID, CARD_ACCESS
from cardreader.lds.security_infos import PaceInfo, parse_pace_infos
from cardreader.session.command import Status
from cardreader.transport import Transport


@dataclass(frozen=True, slots=True)
class Opened:
    """The protected channel to the selected application, and the protocol that granted it."""

    channel: Channel
    access: str


def open_card(transport: Transport, keys: AccessKeys, *, random_bytes: Callable[[int], bytes]) -> Opened:
    """Return the application opened with the first key that fits.

    A password that PACE denies is not tried again in BAC; BAC is for chips that do not
    offer PACE in a form known here, or do not go along with it. At most two zones are tried.

    Raises NotAnIdCard: there is no such application. KeyMissing: the chip opens with the zone
    only. AccessDenied: it knows none of the keys. MalformedData: it answers garbage where it should
    say how it opens, and there is no zone to try BAC with.
    """
    try:
        offers = _pace_offers(PlainChannel(transport))
    except MalformedData:
        if not keys.zones:
            raise  # BAC would need a zone, and to say that one is missing would not be the trouble
        offers = ()
    offer = choose_pace(offers)
    if offer is not None:
        same = [other for other in offers if other.protocol == offer.protocol]
        opened = _with_pace(transport, offer, keys, name_domain=len(same) > 1, random_bytes=random_bytes)
        if opened is not None:
            _select(opened.channel)
            return opened
    return _with_bac(transport, keys, random_bytes=random_bytes)


def _with_pace(
    transport: Transport,
    offer: PaceInfo,
    keys: AccessKeys,
    *,
    name_domain: bool,
    random_bytes: Callable[[int], bytes],
) -> Opened | None:
    """Return the channel to the master file, None when the chip offers PACE and does not do it."""
    passwords = [Password.from_can(keys.can)] if keys.can else []
    passwords += [Password.from_zone(zone) for zone in keys.zones]
    denied: CardError = KeyMissing("no key was given")
    for password in passwords:
        try:
            channel = open_with_pace(
                transport, offer, password, name_domain=name_domain, random_bytes=random_bytes
            )
        except AccessDenied as error:
            denied = error
        except CardRefused:
            return None
        else:
            return Opened(channel, f"PACE-{password.kind.name}")
    raise denied


def _with_bac(transport: Transport, keys: AccessKeys, *, random_bytes: Callable[[int], bytes]) -> Opened:
    _select(PlainChannel(transport))
    denied: CardError = KeyMissing("this card opens with the zone only")
    for zone in keys.zones:
        try:
            return Opened(open_with_bac(transport, zone, random_bytes=random_bytes), "BAC")
        except AccessDenied as error:
            denied = error
    raise denied


def _pace_offers(channel: PlainChannel) -> Sequence[PaceInfo]:
    """Return what EF.CardAccess offers, nothing when it is not there or may not be read.

    A chip fresh from reset stands at its master file. Where the read fails the master file
    is selected and the read repeated; that some chips answer 6D00 to it is no failure.

    Raises MalformedData: what was read is no EF.CardAccess.
    """
    try:
        return parse_pace_infos(_card_access(channel))
    except CardRefused:
        return ()


def _card_access(channel: PlainChannel) -> bytes:
    try:
        return read_file(channel, CARD_ACCESS)
    except CardRefused:
        _, sw = channel.send(select_master_file())
        if sw != Status.OK:
            raise
    return read_file(channel, CARD_ACCESS)


def _select(channel: Channel) -> None:
    _, sw = channel.send(select_application(APPLICATION_ID))
    if sw == Status.FILE_NOT_FOUND:
        raise NotAnIdCard("the card has no identity application")
    if sw != Status.OK:
        raise CardRefused(sw)
