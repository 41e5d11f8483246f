"""The chip: takes command bytes, answers bytes, and keeps its state between them; ICAO Doc 9303-10 and -11.

It never fails on input: whatever it does not understand it answers with a
status word. It holds no clock and no connection; randomness comes in.
"""

import secrets

from cardreader.emulator.application import Application
from cardreader.emulator.commands import Command, Instruction, Refused, Status, parse_command
from cardreader.emulator.domains import Random
from cardreader.emulator.issuer import IssuedCard
from cardreader.emulator.messaging import PROTECTED_CLASS, SecureChannel
from cardreader.emulator.pieces import AnswerPieces

# A contactless card whose answer says only that it is one: ISO 14443 wrapped by PC/SC part 3.
ANSWER_TO_RESET = bytes.fromhex("3B8180018080")
_LONGEST_SHORT, _LONGEST_EXTENDED = 256, 65536


class Chip:
    """One powered card."""

    def __init__(self, card: IssuedCard, *, random: Random = secrets.token_bytes) -> None:
        self._card = card
        self._random = random
        self._received = 0
        self.reset()

    def reset(self) -> None:
        """Forget the session and the selection, as when the field or the power goes and comes back."""
        self._application = Application(self._card, random=self._random)
        self._pieces = AnswerPieces(self._card.habits)
        self._channel: SecureChannel | None = None
        self._protected_answers = 0

    @property
    def lifted(self) -> bool:
        """Whether the card has left the field by its own habit; it then answers nothing any more."""
        limit = self._card.habits.lifted_after
        return limit is not None and self._received >= limit

    def process(self, raw: bytes) -> bytes:
        """Return the answer to any command bytes: data, then two bytes of status word. Never raises."""
        self._received += 1
        if self._pieces.asked_for(raw):
            return self._pieces.next(raw)
        return self._pieces.first(self._answer(raw))

    def _answer(self, raw: bytes) -> bytes:
        try:
            command = parse_command(raw)
            if command.extended and not self._card.habits.extended_length:
                raise Refused(Status.WRONG_LENGTH)
            if self._channel is not None and command.cla == PROTECTED_CLASS:
                answer = self._protected(self._channel, command)
            else:
                self._end_session()
                data, status = self._application.execute(
                    command, authenticated=False, capacity=self._longest(command)
                )
                answer = data + status.to_bytes(2, "big")
        except Refused as refusal:
            self._end_session()
            answer = refusal.status.to_bytes(2, "big")
        if self._application.opened is not None:
            self._channel, self._application.opened = self._application.opened, None
        return answer

    def _protected(self, channel: SecureChannel, command: Command) -> bytes:
        """Answer inside the session; a command that cannot be opened ends it (the caller sees Refused)."""
        habits = self._card.habits
        if command.extended and habits.extended_in_session == "ends it":
            raise Refused(Status.WRONG_LENGTH)
        plain = channel.open(command)
        try:
            if command.extended and habits.extended_in_session == "refused":
                raise Refused(Status.WRONG_LENGTH)
            data, status = self._application.execute(
                plain, authenticated=True, capacity=channel.capacity(self._longest(command))
            )
        except Refused as refusal:
            data, status = b"", refusal.status
        self._protected_answers += 1
        answer = channel.protect(data, status)
        sound = self._card.faults.sound_answers
        if sound is not None and self._protected_answers > sound:
            return answer[:-3] + bytes((answer[-3] ^ 1,)) + answer[-2:]  # the MAC's last byte
        return answer

    def _end_session(self) -> None:
        if self._channel is not None:
            self._channel = None
            self._application.files.close_protected()

    def _longest(self, command: Command) -> int:
        """Return how many bytes the answer to this command may have, its status word aside."""
        in_pieces = self._card.habits.answer_piece is not None and command.ins != Instruction.READ_BINARY
        return _LONGEST_EXTENDED if command.extended or in_pieces else _LONGEST_SHORT
