"""Who asks the chip to prove itself, and the asking: the reader for itself, or an insurer far away."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from asn1crypto.keys import PublicKeyInfo

from cardreader.access.chip import authenticate_chip, can_agree, sign_nonce
from cardreader.access.messaging import SecureChannel
from cardreader.collecting import lists
from cardreader.errors import ChipKeyRefused, MalformedData
from cardreader.lds.asn1 import malformed_asn1
from cardreader.lds.chip_keys import parse_active_key, parse_chip_keys
from cardreader.lds.rsa_keys import rsa_numbers
from cardreader.proof.active import NONCE_BYTES
from cardreader.proof.chip import ChipExamination, ChipQuestion
from cardreader.proof.evidence import Evidence
from cardreader.proof.verdict import ACTIVE_KEY_GROUP, CHIP_KEY_GROUP

_LARGEST_CURVE_SIGNATURE = 144  # two numbers of 521 bits, in DER


class Challenger(Protocol):
    """Who asks the chip to prove itself.

    `examination` judges the chip's answer to the last question, None where that is judged far away.
    """

    @property
    def examination(self) -> ChipExamination | None: ...

    def nonce(self) -> bytes:
        """Return 8 bytes that the chip signs; asked for only when the card has a key for it."""

    def wants_agreement(self, *, signed: bool, mapped: bool) -> bool:
        """Say whether a chip with a key to agree with is asked, that `signed`, or whose key PACE `mapped`."""

    def chip_question(self, evidence: Evidence) -> ChipQuestion | None:
        """Return what to ask a chip that has a key to agree with, None to leave it; never asked twice."""


class LocalChallenger:
    """The reader itself: a nonce of its own, or one that it was given, and an examination that it keeps.

    `examination` is there once the chip was asked.
    """

    def __init__(self, random_bytes: Callable[[int], bytes], *, nonce: bytes | None = None) -> None:
        self._random_bytes = random_bytes
        self._nonce = nonce
        self.examination: ChipExamination | None = None

    def nonce(self) -> bytes:
        """Return the nonce that was given, else a fresh one."""
        return self._nonce or self._random_bytes(NONCE_BYTES)

    def wants_agreement(self, *, signed: bool, mapped: bool) -> bool:  # noqa: ARG002 - both proofs are made
        """Say yes, unless the way in proved the key already."""
        return not mapped

    def chip_question(self, evidence: Evidence) -> ChipQuestion | None:
        """Return the question for the key in DG14; None when it offers none that can be used."""
        try:
            self.examination = ChipExamination.begin(
                evidence.data_groups[CHIP_KEY_GROUP], random_bytes=self._random_bytes
            )
        except (ChipKeyRefused, MalformedData):
            return None
        return self.examination.question


def ask_to_sign(
    channel: SecureChannel, evidence: Evidence, wanted: Sequence[int], challenger: Challenger
) -> tuple[Evidence, bytes | None, bool]:
    """Return the evidence with the chip's signature over a nonce, the nonce, and whether it fits.

    The nonce is None when the chip was not asked, since DG15 is not wanted or not listed, or when
    its signature does not fit: it is too long for what card and reader can carry. A key that EF.SOD
    lists and the card does not give counts as a refusal.

    Raises SecureMessagingError.
    """
    if ACTIVE_KEY_GROUP not in wanted or not lists(evidence, ACTIVE_KEY_GROUP):
        return evidence, None, True
    nonce = challenger.nonce()
    key = evidence.data_groups.get(ACTIVE_KEY_GROUP)
    if key is None:
        return evidence, nonce, True
    signature = sign_nonce(channel, nonce, signature_bytes=_signature_bytes(key))
    if signature is None:
        return evidence, None, False
    return replace(evidence, active_signature=signature), nonce, True


def ask_to_agree(
    channel: SecureChannel, evidence: Evidence, challenger: Challenger, *, mapped: bool
) -> tuple[Evidence, ChipExamination | None, bool]:
    """Return the evidence with the chip's answer to a question, the examination, and whether it fits.

    `mapped` says that the way in proved the key of DG14 already. An empty answer says that the chip
    refused. The examination is None when the chip was not asked, or is judged elsewhere, or when the
    question does not fit: it is too long for what card and reader can carry.
    Afterwards the channel is of no more use: the chip speaks under keys of the challenger's.

    Raises SecureMessagingError.
    """
    needed = challenger.wants_agreement(signed=evidence.active_signature is not None, mapped=mapped)
    question = _question(challenger, evidence) if needed and _has_chip_key(evidence) else None
    if question is None:
        return evidence, None, True
    if not can_agree(channel, question.public_key):
        return evidence, None, False
    answer = authenticate_chip(
        channel,
        protocol=question.protocol,
        key_id=question.key_id,
        public_key=question.public_key,
        command=question.command,
    )
    return replace(evidence, chip_answer=answer), challenger.examination, True


def _question(challenger: Challenger, evidence: Evidence) -> ChipQuestion | None:
    """Return what the challenger asks; None also for what no chip may be asked on anybody's word."""
    question = challenger.chip_question(evidence)
    suits = question is not None and question.suits(evidence.data_groups[CHIP_KEY_GROUP])
    return question if suits else None


def _has_chip_key(evidence: Evidence) -> bool:
    try:
        return bool(parse_chip_keys(evidence.data_groups.get(CHIP_KEY_GROUP, b"")).public_keys)
    except MalformedData:
        return False


def _signature_bytes(dg15: bytes) -> int:
    """Return how long a signature under the key of DG15 can be; under RSA it has the modulus's length."""
    try:
        key = parse_active_key(dg15)
        with malformed_asn1("the chip's key"):
            info = PublicKeyInfo.load(key, strict=True)
            if info.algorithm != "rsa":
                return _LARGEST_CURVE_SIGNATURE
        return (rsa_numbers(key)[0].bit_length() + 7) // 8
    except MalformedData:
        return 0
