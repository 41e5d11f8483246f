"""The port to a card: one method, spoken by PC/SC, by the emulator in this process, and by tests."""

from typing import Protocol


class Transport(Protocol):
    """One connected card."""

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        """Send one command APDU; return the response data and the status word.

        Raises CardLifted when the card left, ReaderError when the reader did.
        """
