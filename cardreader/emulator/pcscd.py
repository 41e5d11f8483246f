"""A slot of the real virtual reader for the card: `with virtual_reader() as slot: slot.insert(chip)`.

Debian's `vsmartcard-vpcd` gives pcscd one reader of two slots, each fed through
a TCP port of its own, on every interface: training and test machines only.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from cardreader.emulator.chip import Chip
from cardreader.emulator.errors import PcscdUnavailable, SlotsTaken
from cardreader.emulator.locks import one_locked
from cardreader.emulator.service import running_service
from cardreader.emulator.vpcd import VirtualSlot

# By port, the reader's name in PC/SC: pcscd numbers the configured reader first, then its slots.
READER_NAMES = {35963: "Virtual PCD 00 00", 35964: "Virtual PCD 00 01"}


class ReaderSlot:
    """One slot, held by this program alone."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader_name = READER_NAMES[port]
        self._slot = VirtualSlot(port)

    def insert(self, chip: Chip) -> None:
        """Lay the chip on the reader in place of any other, and wait until the service has powered it.

        Raises PcscdUnavailable: the service is gone, or something else lies on the slot.
        """
        try:
            powered = self._slot.insert(chip)
        except OSError as error:
            raise PcscdUnavailable(f"nothing takes cards on port {self.port}") from error
        if not powered:
            self.remove()
            raise PcscdUnavailable(f"the card on port {self.port} was not powered; another may lie there")

    def remove(self) -> None:
        """Take the card away; nothing happens when there is none."""
        self._slot.remove()

    @property
    def holds_card(self) -> bool:
        """Whether the card laid here is still there for the service."""
        return self._slot.holds_card


@contextmanager
def virtual_reader(*, port: int | None = None, patience: float = 60.0) -> Iterator[ReaderSlot]:
    """Yield a slot of the virtual reader, the one with this port or the first that is free.

    Raises SlotsTaken: none was free within `patience` seconds. PcscdUnavailable:
    the service cannot be had here.
    """
    ports = {f"vpcd-{number}": number for number in READER_NAMES if port in (None, number)}
    with one_locked(tuple(ports), patience=patience) as name:
        if name is None:
            raise SlotsTaken("every slot of the virtual reader is taken")
        with running_service(ports[name]):
            slot = ReaderSlot(ports[name])
            try:
                yield slot
            finally:
                slot.remove()
