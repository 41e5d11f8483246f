"""Open the identity application with whatever keys there are: PACE-CAN, PACE-MRZ, BAC (Doc 9303-11 §4.2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cardreader.access.apdu import PlainChannel, select_master_file
from cardreader.access.doors import BacDoor, Door, PaceDoor, select
from cardreader.access.files import read_file
from cardreader.access.keys import AccessKeys
from cardreader.access.messaging import SecureChannel
from cardreader.access.offers import ranked
from cardreader.access.pace import ChipMapping, Password
from cardreader.errors import AccessDenied, CardError, CardRefused, KeyMissing, MalformedData
from cardreader.lds.datagroups import CARD_ACCESS, CARD_SECURITY
from cardreader.lds.security_infos import PaceInfo, parse_pace_infos
from cardreader.transport import Transport

PACE_CAN, PACE_MRZ, BAC = WAYS = ("PACE-CAN", "PACE-MRZ", "BAC")


@dataclass(frozen=True, slots=True)
class Opened:
    """The protected channel to the selected application, and the way that granted it.

    `card_access` is EF.CardAccess as it was read in the clear. `chip` and `card_security` are
    there when the way in can prove the chip too.
    """

    channel: SecureChannel
    access: str
    door: Door
    card_access: bytes | None = field(default=None, repr=False)
    card_security: bytes | None = field(default=None, repr=False)
    chip: ChipMapping | None = None


def open_card(
    transport: Transport,
    keys: AccessKeys,
    *,
    ways: Sequence[str] = WAYS,
    extended: bool | None = None,
    random_bytes: Callable[[int], bytes],
) -> Opened:
    """Return the application opened with the first key that fits, in one of these ways.

    A password that PACE denies is not tried again in BAC; BAC is for chips that do not
    offer PACE in a form known here, or do not go along with it. At most two zones are tried.
    `extended` says whether commands of extended length can be sent, None to find out.

    Raises NotAnIdCard: there is no such application. KeyMissing: the chip opens with the zone
    only, or in none of these ways. AccessDenied: it knows none of the keys. MalformedData: it answers
    garbage where it should say how it opens, and there is no zone to try BAC with.
    """
    return _Opening(transport, keys, ways, PlainChannel(transport, extended=extended), random_bytes).open()


@dataclass(slots=True)
class _Opening:
    transport: Transport
    keys: AccessKeys
    ways: Sequence[str]
    plain: PlainChannel
    random_bytes: Callable[[int], bytes]
    card_access: bytes | None = None
    several_groups: bool = False

    def open(self) -> Opened:
        passwords = [(PACE_CAN, Password.from_can(self.keys.can))] if self.keys.can else []
        passwords += [(PACE_MRZ, Password.from_zone(zone)) for zone in self.keys.zones]
        passwords = [(way, password) for way, password in passwords if way in self.ways]
        zones = self.keys.zones if BAC in self.ways else ()
        offers = self._offers(tolerant=bool(zones)) if passwords else []
        denied: AccessDenied | None = None
        for way, password in passwords:
            try:
                opened = self._with_pace(way, password, offers)
            except AccessDenied as error:
                denied = error
                zones = () if way == PACE_MRZ else zones
            else:
                if opened is not None:
                    return opened
        if denied is not None and not zones:
            raise denied
        return self._with_bac(zones)

    def _offers(self, *, tolerant: bool) -> list[PaceInfo]:
        """Return what EF.CardAccess offers and is known here, nothing when it cannot be read.

        A chip fresh from reset stands at its master file. Where the read fails that is selected
        and the file named in full; that some chips answer 6D00 to the former is no failure.

        Raises MalformedData: what was read is no EF.CardAccess, unless `tolerant`.
        """
        try:
            file = read_file(self.plain, CARD_ACCESS, parent=select_master_file())
            offers = parse_pace_infos(file)
        except CardRefused:
            return []
        except MalformedData:
            if tolerant:
                return []
            raise  # BAC would need a zone, and to say that one is missing would not be the trouble
        self.card_access = file
        self.several_groups = len({offer.parameter_id for offer in offers}) > 1
        return ranked(offers, extended=self.plain.extended is True)

    def _with_pace(self, way: str, password: Password, offers: Sequence[PaceInfo]) -> Opened | None:
        """Return the application opened by the first offer that the chip goes along with, if there is one."""
        for offer in offers:
            door = PaceDoor(
                self.transport,
                offer,
                password,
                name_domain=self.several_groups,
                extended=self.plain.extended is True,
                random_bytes=self.random_bytes,
            )
            try:
                session = door.enter()
            except CardRefused:
                continue
            card_security = _card_security(session.channel) if session.chip else None
            select(session.channel)
            return Opened(session.channel, way, door, self.card_access, card_security, session.chip)
        return None

    def _with_bac(self, zones: Sequence[str]) -> Opened:
        select(self.plain)
        denied: CardError = KeyMissing("this card opens with the zone only, or in another way")
        for zone in zones:
            door = BacDoor(self.transport, zone, self.random_bytes)
            try:
                channel = door.enter(extended=self.plain.extended is True)
            except AccessDenied as error:
                denied = error
            else:
                return Opened(channel, BAC, door, self.card_access)
        raise denied


def _card_security(channel: SecureChannel) -> bytes | None:
    """Return EF.CardSecurity, which holds the key that chip-authentication mapping proves."""
    try:
        return read_file(channel, CARD_SECURITY)
    except CardRefused:
        return None
