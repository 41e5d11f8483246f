"""One way in with one key, which can be taken twice: the second time for short commands only."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cardreader.access.apdu import Channel, PlainChannel, select_application, select_master_file
from cardreader.access.bac import open_with_bac
from cardreader.access.messaging import SecureChannel
from cardreader.access.pace import PaceSession, Password, open_with_pace
from cardreader.errors import CardRefused, NotAnIdCard
from cardreader.lds.datagroups import APPLICATION_ID
from cardreader.lds.security_infos import PaceInfo
from cardreader.session.command import Status
from cardreader.transport import Transport


class Door(Protocol):
    """A way in that opened once."""

    def again(self) -> SecureChannel:
        """Return a new session with the selected application, of short commands only; raises as at first."""


@dataclass(frozen=True, slots=True)
class PaceDoor:
    """PACE with one password in one of the ways that the chip offers."""

    transport: Transport
    offer: PaceInfo
    password: Password
    name_domain: bool
    extended: bool
    random_bytes: Callable[[int], bytes] = field(repr=False)

    def enter(self) -> PaceSession:
        """Return the session with the master file; raises as `open_with_pace`."""
        return open_with_pace(
            self.transport,
            self.offer,
            self.password,
            name_domain=self.name_domain,
            extended=self.extended,
            random_bytes=self.random_bytes,
        )

    def again(self) -> SecureChannel:
        """Return a new session with the application, from the master file where that can be selected."""
        PlainChannel(self.transport).send(select_master_file())
        channel = self.enter().channel
        channel.extended = False
        select(channel)
        return channel


@dataclass(frozen=True, slots=True)
class BacDoor:
    """BAC with one zone; the application is selected before."""

    transport: Transport
    zone: str = field(repr=False)
    random_bytes: Callable[[int], bytes] = field(repr=False)

    def enter(self, *, extended: bool) -> SecureChannel:
        """Return the session with the application; raises as `open_with_bac`."""
        return open_with_bac(self.transport, self.zone, extended=extended, random_bytes=self.random_bytes)

    def again(self) -> SecureChannel:
        """Return a new session with the application, which is selected in the clear."""
        select(PlainChannel(self.transport))
        return self.enter(extended=False)


def select(channel: Channel) -> None:
    """Select the identity application; without file information, or with it where a card knows only that.

    Raises NotAnIdCard: there is none. CardRefused: for another reason.
    """
    _, sw = channel.send(select_application(APPLICATION_ID))
    if sw in (Status.WRONG_DATA, Status.WRONG_REFERENCE):
        _, sw = channel.send(select_application(APPLICATION_ID, informed=True))
    if sw == Status.FILE_NOT_FOUND:
        raise NotAnIdCard("the card has no identity application")
    if sw != Status.OK:
        raise CardRefused(sw)
