"""The emulated card inside this process: the same port as PC/SC, where no virtual reader can be had."""

from cardreader.emulator.chip import Chip
from cardreader.errors import CardLifted


class LocalCard:
    """A `cardreader.transport.Transport` straight to a chip."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._lifted = False
        chip.reset()

    def lift(self) -> None:
        """Take the card away; every later command fails."""
        self._lifted = True

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        """Return the chip's response data and status word.

        Raises CardLifted: the card was taken away, by `lift` or by the chip's habit.
        """
        if self._lifted or self._chip.lifted:
            raise CardLifted("the card left the reader")
        answer = self._chip.process(command)
        return answer[:-2], int.from_bytes(answer[-2:], "big")
