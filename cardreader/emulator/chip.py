"""The chip: takes command bytes, answers bytes, and keeps its state between them; ICAO Doc 9303-10 and -11.

It never fails on input: whatever it does not understand it answers with a
status word. It holds no clock and no connection; randomness comes in.
"""

import secrets
from collections.abc import Callable
from hashlib import sha1

from cardreader.emulator.bac import CHALLENGE_LENGTH, mutual_authentication
from cardreader.emulator.chip_authentication import agreed, agreed_by_template, check_template
from cardreader.emulator.commands import Command, Instruction, Refused, Status, parse_command
from cardreader.emulator.filesystem import FileSystem
from cardreader.emulator.issuer import IssuedCard
from cardreader.emulator.messaging import PROTECTED_CLASS, SecureChannel
from cardreader.emulator.pace import CAN, MRZ, PaceExchange

# A contactless card whose answer says only that it is one: ISO 14443 wrapped by PC/SC part 3.
ANSWER_TO_RESET = bytes.fromhex("3B8180018080")
_LONGEST_SHORT, _LONGEST_EXTENDED = 256, 65536
_NONCE_LENGTH = 8
_CHAINED_CLASS = 0x10  # more commands of the same chain follow

Answer = tuple[bytes, Status]


class Chip:
    """One powered card."""

    def __init__(self, card: IssuedCard, *, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._card = card
        self._random = random
        self._received = 0
        self.reset()

    def reset(self) -> None:
        """Forget the session and the selection, as when the field or the power goes and comes back."""
        self._files = FileSystem(self._card.files, self._card.habits)
        self._channel: SecureChannel | None = None
        self._opened: SecureChannel | None = None
        self._challenge: bytes | None = None
        self._exchange: PaceExchange | None = None
        self._chip_key_chosen = False

    @property
    def lifted(self) -> bool:
        """Whether the card has left the field by its own habit; it then answers nothing any more."""
        limit = self._card.habits.lifted_after
        return limit is not None and self._received >= limit

    def process(self, raw: bytes) -> bytes:
        """Return the answer to any command bytes: data, then two bytes of status word. Never raises."""
        self._received += 1
        try:
            command = parse_command(raw)
            if command.extended and not self._card.habits.extended_length:
                raise Refused(Status.WRONG_LENGTH)
            if self._channel is not None and command.cla == PROTECTED_CLASS:
                answer = self._protected(self._channel, command)
            else:
                self._end_session()
                data, status = self._execute(command, capacity=_longest(command))
                answer = data + status.to_bytes(2, "big")
        except Refused as refusal:
            self._end_session()
            answer = refusal.status.to_bytes(2, "big")
        if self._opened is not None:
            self._channel, self._opened = self._opened, None
        return answer

    def _protected(self, channel: SecureChannel, command: Command) -> bytes:
        """Answer inside the session; a command that cannot be opened ends it (the caller sees Refused)."""
        plain = channel.open(command)
        try:
            data, status = self._execute(plain, capacity=channel.capacity(_longest(command)))
        except Refused as refusal:
            data, status = b"", refusal.status
        return channel.protect(data, status)

    def _execute(self, command: Command, *, capacity: int) -> Answer:
        chained = command.cla == _CHAINED_CLASS and command.ins == Instruction.GENERAL_AUTHENTICATE
        if command.cla != 0x00 and not chained:
            raise Refused(Status.CLASS_UNKNOWN)
        challenge, self._challenge = self._challenge, None
        exchange, self._exchange = self._exchange, None
        chosen, self._chip_key_chosen = self._chip_key_chosen, False
        match command.ins:
            case Instruction.SELECT:
                return self._files.select(command, authenticated=self._authenticated), Status.DONE
            case Instruction.READ_BINARY:
                return self._files.read(command, authenticated=self._authenticated, capacity=capacity)
            case Instruction.GET_CHALLENGE:
                return self._get_challenge(command)
            case Instruction.MUTUAL_AUTHENTICATE:
                return self._mutual_authenticate(command, challenge)
            case Instruction.INTERNAL_AUTHENTICATE:
                return self._internal_authenticate(command, capacity)
            case Instruction.SET_SECURITY_ENVIRONMENT:
                return self._set_security_environment(command)
            case Instruction.GENERAL_AUTHENTICATE if chosen:
                return self._authenticate_chip(command)
            case Instruction.GENERAL_AUTHENTICATE:
                return self._general_authenticate(command, exchange, chained=chained)
            case _:
                raise Refused(Status.INSTRUCTION_UNKNOWN)

    @property
    def _authenticated(self) -> bool:
        return self._channel is not None

    def _end_session(self) -> None:
        if self._channel is not None:
            self._channel = None
            self._files.close_protected()

    def _get_challenge(self, command: Command) -> Answer:
        self._require_basic_access()
        if command.expected != CHALLENGE_LENGTH:
            raise Refused(Status.WRONG_LENGTH)
        self._challenge = self._random(CHALLENGE_LENGTH)
        return self._challenge, Status.DONE

    def _mutual_authenticate(self, command: Command, challenge: bytes | None) -> Answer:
        self._require_basic_access()
        if challenge is None:
            raise Refused(Status.CONDITIONS_NOT_SATISFIED)
        proof, self._opened = mutual_authentication(
            command.data,
            challenge=challenge,
            access_information=self._card.access_information,
            random=self._random,
        )
        return proof, Status.DONE

    def _require_basic_access(self) -> None:
        if not self._card.habits.bac:
            raise Refused(Status.INSTRUCTION_UNKNOWN)
        if self._authenticated or not self._files.in_application:
            raise Refused(Status.CONDITIONS_NOT_SATISFIED)

    def _set_security_environment(self, command: Command) -> Answer:
        """Begin PACE, or chip authentication inside a session; triple DES of the latter ends here too."""
        if (command.p1, command.p2) == (0xC1, 0xA4):
            return self._begin_pace(command)
        offer, key = self._card.habits.chip, self._card.keys.chip
        if command.p1 != 0x41 or offer is None or key is None:
            raise Refused(Status.WRONG_PARAMETERS)
        if not self._authenticated or not self._files.in_application:
            raise Refused(Status.CONDITIONS_NOT_SATISFIED)
        match command.p2:
            case 0xA4:
                check_template(offer, command.data)
                self._chip_key_chosen = True
            case 0xA6:
                self._opened = agreed_by_template(offer, key, command)
            case _:
                raise Refused(Status.WRONG_PARAMETERS)
        return b"", Status.DONE

    def _authenticate_chip(self, command: Command) -> Answer:
        """Agree on new keys, which hold from the next command on."""
        offer, key = self._card.habits.chip, self._card.keys.chip
        if offer is None or key is None or command.cla == _CHAINED_CLASS:
            raise Refused(Status.CONDITIONS_NOT_SATISFIED)
        data, self._opened = agreed(offer, key, command.data)
        return data, Status.DONE

    def _begin_pace(self, command: Command) -> Answer:
        """Take the password that the terminal chose, before any application is selected."""
        if not self._card.habits.pace:
            raise Refused(Status.INSTRUCTION_UNKNOWN)
        if self._authenticated or self._files.in_application:
            raise Refused(Status.CONDITIONS_NOT_SATISFIED)
        zone = sha1(self._card.access_information.encode("ascii"), usedforsecurity=False)
        self._exchange = PaceExchange(
            command.data,
            offers=self._card.habits.pace_offers,
            passwords={MRZ: zone.digest(), CAN: self._card.can.encode("ascii")},
            mapping_key=self._card.keys.mapping,
            random=self._random,
        )
        return b"", Status.DONE

    def _general_authenticate(
        self, command: Command, exchange: PaceExchange | None, *, chained: bool
    ) -> Answer:
        """Take one step of PACE; the last one, and only that, ends the chain and opens the session."""
        if exchange is None or chained == exchange.last_step:
            raise Refused(Status.CONDITIONS_NOT_SATISFIED)
        data = exchange.answer(command.data)
        if exchange.channel is None:
            self._exchange = exchange
        else:
            self._opened = exchange.channel
        return data, Status.DONE

    def _internal_authenticate(self, command: Command, capacity: int) -> Answer:
        """Sign the terminal's nonce for active authentication; Doc 9303-11 §6.1."""
        if not self._authenticated or not self._files.in_application:
            raise Refused(Status.SECURITY_NOT_SATISFIED)
        if len(command.data) != _NONCE_LENGTH:
            raise Refused(Status.WRONG_LENGTH)
        if self._card.keys.active is None:
            raise Refused(Status.INSTRUCTION_UNKNOWN)
        signature = self._card.keys.active.sign(command.data, self._random)
        if len(signature) > capacity:
            raise Refused(Status.WRONG_LENGTH)
        return signature, Status.DONE


def _longest(command: Command) -> int:
    """Return how many bytes the answer to this command may have, its status word aside."""
    return _LONGEST_EXTENDED if command.extended else _LONGEST_SHORT
