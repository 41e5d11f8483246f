"""Who asks the chip to prove itself: the gateway, by a challenge that is fetched while the card is opened.

A `cardreader` Challenger for one tap. When the gateway gives no challenge in time, the chip is asked all
the same, by this desk alone: that finds a copied chip out here, and proves nothing to anyone else.
"""

import secrets
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet

from cardreader.proof.chip import ChipExamination, ChipQuestion
from cardreader.proof.evidence import Evidence
from cardreader.proving import LocalChallenger
from cardreader.reading import CardReading
from clinics.answers import Challenge
from clinics.errors import ChallengeLate, GatewayError
from clinics.gateway_client import Gateway

# How long an opened card is let wait. Windows resets a card that nobody talks to for five seconds.
CARD_WAIT_SECONDS = 4.0
EXPIRED = "presence.challenge-expired"


class DeskChallenger:
    """One tap's challenge, asked for in the background from the moment it is made."""

    def __init__(self, gateway: Gateway, *, reader: str, session: str) -> None:
        self._gateway = gateway
        self._reader = reader
        self._session = session
        self._asked_here = False
        self._own = LocalChallenger(secrets.token_bytes)
        self._trouble: GatewayError | None = None
        self._ask()

    @property
    def examination(self) -> ChipExamination | None:
        """Return what judges the answer to this desk's own question; the gateway judges its own."""
        return self._own.examination

    def wants_agreement(self, *, signed: bool, mapped: bool) -> bool:  # noqa: ARG002 - PACE proves nothing far away
        """Say yes where the chip did not sign: one proof is enough for the gateway."""
        return not signed

    def nonce(self) -> bytes:
        """Return the eight bytes that the chip is to sign: the gateway's, else some of our own."""
        challenge = self._in_time()
        self._asked_here = challenge is None
        return self._own.nonce() if challenge is None else challenge.nonce

    def chip_question(self, evidence: Evidence) -> ChipQuestion | None:
        """Return what a chip that cannot sign is asked: by the gateway, else by this desk; None: nothing."""
        challenge = self._in_time()
        self._asked_here = challenge is None
        if challenge is None:
            return self._own.chip_question(evidence)
        try:
            return self._gateway.chip_question(challenge.id, evidence)
        except GatewayError as trouble:
            self._trouble = trouble
            return self._own.chip_question(evidence)

    def answered(self, reading: CardReading) -> str | None:
        """Return the id of the gateway's challenge, which the card that was read has answered.

        None: the card has a key, and its answers do not fit what it and the reader can carry; without a
        challenge the gateway takes it for read. A card that was silent otherwise is presented with the
        challenge, and refused.

        Raises ChallengeLate: it has come only after the card was asked. Other GatewayErrors: there is none.
        """
        challenge = self._challenge.result()
        if self._trouble is not None:
            raise self._trouble
        if self._asked_here:
            raise ChallengeLate("the challenge came too late for the card")
        return None if reading.too_long else challenge.id

    def worth_reading_again(self, error: GatewayError) -> bool:
        """Say whether the card can answer in time when it is read once more; a challenge is asked for."""
        self._own = LocalChallenger(secrets.token_bytes)
        if error.code == EXPIRED:
            self._trouble = None
            self._ask()
            return True
        return isinstance(error, ChallengeLate)

    def _in_time(self) -> Challenge | None:
        try:
            return self._challenge.result(CARD_WAIT_SECONDS)
        except (GatewayError, NotYet):
            return None

    def _ask(self) -> None:
        self._challenge: Future[Challenge] = Future()
        threading.Thread(target=self._fetch, args=(self._challenge,), name="challenge", daemon=True).start()

    def _fetch(self, challenge: Future[Challenge]) -> None:
        try:
            challenge.set_result(self._gateway.challenge(reader=self._reader, session=self._session))
        except BaseException as fault:  # noqa: BLE001 - handed on to whoever waits for the challenge
            challenge.set_exception(fault)
