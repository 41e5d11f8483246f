"""Answers that come in pieces: 61xx and GET RESPONSE, ISO/IEC 7816-4 §5.3.4; below secure messaging."""

from cardreader.emulator.habits import Habits

_GET_RESPONSE = bytes.fromhex("00C00000")
_MORE = 0x61
_LONGEST_SHORT = 256


class AnswerPieces:
    """Holds what the terminal has yet to fetch of the last answer."""

    def __init__(self, habits: Habits) -> None:
        self._piece = habits.answer_piece
        self._withheld = habits.answer_withheld
        self._rest = b""

    def first(self, answer: bytes) -> bytes:
        """Return the answer as the terminal gets it: whole, or its first piece and how much is left."""
        self._rest = b""
        if self._piece is None or len(answer) - 2 <= (0 if self._withheld else self._piece):
            return answer
        self._rest = answer
        return self._more() if self._withheld else self._next(self._piece)

    def asked_for(self, command: bytes) -> bool:
        """Return whether the command fetches a piece that is there."""
        return bool(self._rest) and command.startswith(_GET_RESPONSE) and len(command) == 5

    def next(self, command: bytes) -> bytes:
        """Return up to as many bytes as the command asks for, and how much is left or the status word."""
        return self._next(command[-1] or _LONGEST_SHORT)

    def _next(self, asked: int) -> bytes:
        size = min(asked, self._piece or asked)
        if len(self._rest) - 2 <= size:
            last, self._rest = self._rest, b""
            return last
        data, self._rest = self._rest[:size], self._rest[size:]
        return data + self._more()

    def _more(self) -> bytes:
        left = len(self._rest) - 2
        return bytes((_MORE, left if left < _LONGEST_SHORT else 0))
