"""Training cards on a reader: pcscd's virtual reader where it can be had, else the card in this process."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from cardreader.emulator.chip import Chip
from cardreader.emulator.errors import EmulatorError
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.pcscd import ReaderSlot, virtual_reader
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import Forgery, tampered
from cardreader.transport import Transport
from clinics.reader import PcscReader

CARD_SECONDS = 10.0


class CardMaker:
    """Issues the sample citizens' cards by one training authority."""

    def __init__(self, folder: Path, *, now: datetime) -> None:
        self._authority = TrainingAuthority.open(folder, now=now)

    def chip(self, sample: str, forgery: Forgery | None = None) -> Chip:
        """Return a powered-off card of the citizen, forged if so asked."""
        citizen = SAMPLES[sample]
        card = self._authority.issue(citizen)
        return Chip(tampered(card, citizen, forgery) if forgery else card)


class VirtualReaderCards:
    """Cards on the real PC/SC stack."""

    def __init__(self, maker: CardMaker, slot: ReaderSlot) -> None:
        self._maker = maker
        self._slot = slot

    def reader_name(self) -> str:
        """Return the slot's name in PC/SC."""
        return self._slot.reader_name

    def lay(self, sample: str, forgery: Forgery | None = None) -> None:
        """Leave a card on the reader until another comes or it is removed."""
        self._slot.insert(self._maker.chip(sample, forgery))

    def remove(self) -> None:
        """Take the card away."""
        self._slot.remove()

    @contextmanager
    def laid(self, sample: str, forgery: Forgery | None = None) -> Iterator[Transport]:
        """Lay the card down and hold it over PC/SC, as the desk does."""
        self.lay(sample, forgery)
        try:
            with PcscReader(self._slot.reader_name).card(CARD_SECONDS) as card:
                yield card.transport
        finally:
            self.remove()


class InProcessCards:
    """Cards without any PC/SC, through the same port."""

    def __init__(self, maker: CardMaker) -> None:
        self._maker = maker

    def reader_name(self) -> None:
        """Return None: there is no reader."""

    @contextmanager
    def laid(self, sample: str, forgery: Forgery | None = None) -> Iterator[Transport]:
        """Hold a new card in this process."""
        yield LocalCard(self._maker.chip(sample, forgery))


@contextmanager
def card_table(maker: CardMaker) -> Iterator[VirtualReaderCards | InProcessCards]:
    """Yield the virtual reader if pcscd can be had, else the card in this process."""
    with ExitStack() as held:
        try:
            slot = held.enter_context(virtual_reader())
        except EmulatorError:
            yield InProcessCards(maker)
        else:
            yield VirtualReaderCards(maker, slot)
