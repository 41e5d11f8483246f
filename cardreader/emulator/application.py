"""What the chip does on a plain command, be it in the clear or out of a session; ICAO Doc 9303-10 and -11."""

from hashlib import sha1

from cardreader.emulator import chip_authentication
from cardreader.emulator.bac import CHALLENGE_LENGTH, mutual_authentication
from cardreader.emulator.commands import Command, Instruction, Refused, Status
from cardreader.emulator.domains import Random
from cardreader.emulator.filesystem import FileSystem
from cardreader.emulator.issuer import IssuedCard
from cardreader.emulator.keys import ActiveKey, AgreementKey
from cardreader.emulator.messaging import SecureChannel
from cardreader.emulator.offers import ChipOffer
from cardreader.emulator.pace import CAN, MRZ, PaceExchange

CHAINED_CLASS = 0x10  # more commands of the same chain follow
_NONCE_LENGTH = 8

Answer = tuple[bytes, int]


class Application:
    """The state that commands leave behind; `opened` is a session that begins after the present answer."""

    def __init__(self, card: IssuedCard, *, random: Random) -> None:
        self._card = card
        self._random = random
        self.files = FileSystem(card.files, card.habits)
        self.opened: SecureChannel | None = None
        self._authenticated = False
        self._challenge: bytes | None = None
        self._exchange: PaceExchange | None = None
        self._chip_key_chosen = False

    def execute(self, command: Command, *, authenticated: bool, capacity: int) -> Answer:
        """Return data of at most `capacity` bytes, and a status word.

        Raises Refused: the status word that the chip answers instead.
        """
        chained = command.cla == CHAINED_CLASS and command.ins == Instruction.GENERAL_AUTHENTICATE
        if command.cla != 0x00 and not chained:
            raise Refused(Status.CLASS_UNKNOWN)
        self._authenticated = authenticated
        challenge, self._challenge = self._challenge, None
        exchange, self._exchange = self._exchange, None
        chosen, self._chip_key_chosen = self._chip_key_chosen, False
        match command.ins:
            case Instruction.SELECT:
                return self.files.select(command, authenticated=authenticated), Status.DONE
            case Instruction.READ_BINARY:
                return self.files.read(command, authenticated=authenticated, capacity=capacity)
            case Instruction.GET_CHALLENGE:
                return self._get_challenge(command)
            case Instruction.MUTUAL_AUTHENTICATE:
                return self._mutual_authenticate(command, challenge)
            case Instruction.INTERNAL_AUTHENTICATE:
                return self._internal_authenticate(command, capacity)
            case Instruction.SET_SECURITY_ENVIRONMENT:
                return self._set_security_environment(command)
            case Instruction.GENERAL_AUTHENTICATE if chosen:
                return self._authenticate_chip(command, chained=chained)
            case Instruction.GENERAL_AUTHENTICATE:
                return self._general_authenticate(command, exchange, chained=chained)
            case _:
                raise Refused(Status.INSTRUCTION_UNKNOWN)

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
        proof, self.opened = mutual_authentication(
            command.data,
            challenge=challenge,
            access_information=self._card.access_information,
            random=self._random,
        )
        return proof, Status.DONE

    def _require_basic_access(self) -> None:
        if not self._card.habits.bac:
            raise Refused(Status.INSTRUCTION_UNKNOWN)
        if self._authenticated or not self.files.in_application:
            raise Refused(Status.CONDITIONS_NOT_SATISFIED)

    def _set_security_environment(self, command: Command) -> Answer:
        """Begin PACE, or chip authentication inside a session; triple DES of the latter ends here too."""
        match (command.p1, command.p2):
            case (0xC1, 0xA4):
                self._begin_pace(command)
            case (0x41, 0xA4):
                offer, _ = self._chip_offer()
                chip_authentication.check_template(offer, command.data)
                self._chip_key_chosen = True
            case (0x41, 0xA6):
                self.opened = chip_authentication.agreed_by_template(*self._chip_offer(), command.data)
            case _:
                raise Refused(Status.WRONG_PARAMETERS)
        return b"", Status.DONE

    def _begin_pace(self, command: Command) -> None:
        """Take the password that the terminal chose.

        A chip whose master file can be selected runs PACE only there.
        """
        habits = self._card.habits
        if not habits.pace:
            raise Refused(Status.INSTRUCTION_UNKNOWN)
        if self._authenticated or (self.files.in_application and habits.select_mf):
            raise Refused(Status.CONDITIONS_NOT_SATISFIED)
        zone = sha1(self._card.access_information.encode("ascii"), usedforsecurity=False)
        self._exchange = PaceExchange(
            command.data,
            offers=habits.pace_offers,
            passwords={MRZ: zone.digest(), CAN: self._card.can.encode("ascii")},
            mapping_key=self._card.keys.mapping,
            random=self._random,
        )

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
            self.opened = exchange.channel
        return data, Status.DONE

    def _chip_offer(self) -> tuple[ChipOffer, AgreementKey]:
        """Return what chip authentication goes by, where there is such a thing and it is time for it."""
        offer, key = self._card.habits.chip, self._card.keys.chip
        if offer is None or key is None or self._card.faults.chip_refused:
            raise Refused(Status.WRONG_PARAMETERS)
        if not self._authenticated or not self.files.in_application:
            raise Refused(Status.CONDITIONS_NOT_SATISFIED)
        return offer, key

    def _authenticate_chip(self, command: Command, *, chained: bool) -> Answer:
        """Agree on new keys, which hold from the next command on."""
        if chained:
            raise Refused(Status.CONDITIONS_NOT_SATISFIED)
        data, self.opened = chip_authentication.agreed(*self._chip_offer(), command.data)
        return data, Status.DONE

    def _internal_authenticate(self, command: Command, capacity: int) -> Answer:
        """Sign the terminal's nonce for active authentication; Doc 9303-11 §6.1."""
        if not self._authenticated or not self.files.in_application:
            raise Refused(Status.SECURITY_NOT_SATISFIED)
        if len(command.data) != _NONCE_LENGTH:
            raise Refused(Status.WRONG_LENGTH)
        key = self._card.keys.active
        if key is None:
            raise Refused(Status.INSTRUCTION_UNKNOWN)
        signature = self._signature(key, command.data)
        if len(signature) > capacity:
            raise Refused(Status.WRONG_LENGTH)
        return signature, Status.DONE

    def _signature(self, key: ActiveKey, nonce: bytes) -> bytes:
        match self._card.faults.active:
            case "refused":
                raise Refused(Status.CONDITIONS_NOT_SATISFIED)
            case "empty":
                return b""
            case "garbage":
                return self._random(len(key.sign(nonce, self._random)))
            case "replayed":
                return key.sign(bytes(_NONCE_LENGTH), self._random)
            case None:
                return key.sign(nonce, self._random)
