"""`read_card` against cards that answer what no card should, through the transport port."""

from dataclasses import replace

import pytest

from cardreader.access.keys import AccessKeys
from cardreader.emulator.chip import Chip
from cardreader.emulator.files import EF_SOD
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.samples import SAMPLES
from cardreader.errors import CardError, MalformedData, NotAnIdCard, OversizedData
from cardreader.proof.reasons import Reason
from cardreader.proof.trust import TrustStore
from cardreader.reading import WANTED, read_card
from cardreader.transport import Transport
from tests.integration.cardreader.conftest import NOW

MAU_THU = SAMPLES["mau-thu"]
ANY_KEYS = AccessKeys(can="000001", zones=("300000001295041213504129",))


class Distorted:
    """Passes commands on and replaces the answer to one of them."""

    def __init__(self, card: Transport, number: int, answer: bytes) -> None:
        self.card, self.countdown, self.answer = card, number, answer

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        data, sw = self.card.send_and_receive(command)
        self.countdown -= 1
        return (self.answer, 0x9000) if self.countdown == -1 else (data, sw)


@pytest.mark.parametrize(
    "answer",
    [b"", b"\x00", bytes(256), b"\xff" * 256, bytes.fromhex("7784FFFFFFFF"), bytes.fromhex("8784FFFFFFFF01")],
    ids=["nothing", "a zero", "zeros", "ones", "a 4 GB file", "a 4 GB cryptogram"],
)
def test_a_card_that_answers_garbage_at_any_moment_is_refused_or_read_rightly(
    answer: bytes, authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU)
    keys = AccessKeys(zones=(card.access_information,))
    commands = read_card(LocalCard(Chip(card)), keys, trust=trust, now=NOW).commands
    for number in range(commands):
        transport = Distorted(LocalCard(Chip(card)), number, answer)
        try:
            reading = read_card(transport, keys, trust=trust, now=NOW)
        except CardError:
            continue
        last = number == commands - 1  # the answer by which the chip proves itself
        assert reading.id_number == MAU_THU.id_number
        assert reading.checks.failure() == (Reason.CHIP_ANSWER_WRONG if last else None)


class AlwaysAnswers:
    """A card that says the same to everything."""

    def __init__(self, data: bytes, sw: int) -> None:
        self.data, self.sw = data, sw

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        return self.data, self.sw


@pytest.mark.parametrize("sw", [0x6A82, 0x6D00, 0x6982, 0x6C00, 0x6C10, 0x9000, 0x6300, 0x0000])
@pytest.mark.parametrize("data", [b"", b"\x77\x84\xff\xff\xff\xff", bytes(8)], ids=["none", "4 GB", "zeros"])
def test_a_card_with_one_answer_for_everything_is_refused(sw: int, data: bytes, trust: TrustStore) -> None:
    with pytest.raises(CardError):
        read_card(AlwaysAnswers(data, sw), ANY_KEYS, trust=trust, now=NOW)


def test_a_card_without_the_application_is_no_id_card(trust: TrustStore) -> None:
    with pytest.raises(NotAnIdCard):
        read_card(AlwaysAnswers(b"", 0x6A82), ANY_KEYS, trust=trust, now=NOW)


def test_a_file_that_claims_gigabytes_is_refused_after_one_block(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU, habits=Habits(pace=False))
    huge = bytes.fromhex("7784FFFFFFFF") + bytes(1000)
    chip = Chip(replace(card, files={**card.files, EF_SOD: huge}))
    with pytest.raises(OversizedData):
        read_card(LocalCard(chip), AccessKeys(zones=(card.access_information,)), trust=trust, now=NOW)


CLAIMS_GIGABYTES = {number: bytes([tag, 0x84]) + b"\xff" * 900 for number, tag in ((2, 0x75), (13, 0x6D))}


@pytest.mark.parametrize("number", CLAIMS_GIGABYTES)
def test_an_extra_group_that_claims_gigabytes_is_left_out_and_the_card_still_proven(
    number: int, authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU)
    chip = Chip(replace(card, files={**card.files, number: CLAIMS_GIGABYTES[number]}))
    reading = read_card(LocalCard(chip), ANY_KEYS, trust=trust, now=NOW, wanted=(*WANTED, 2))
    assert reading.checks.level == "chip-proven"
    assert reading.left_out == {number: "card.oversized"}
    assert number not in reading.evidence.data_groups


@pytest.mark.parametrize(
    ("number", "failure"),
    [(14, Reason.CHIP_UNANSWERED), (15, Reason.ACTIVE_UNANSWERED)],
    ids=["DG14", "DG15"],
)
def test_a_group_of_keys_that_claims_gigabytes_counts_as_not_given(
    number: int, failure: str, authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU)
    files = {**card.files, number: bytes.fromhex("6E84FFFFFFFF") + bytes(900)}
    reading = read_card(LocalCard(Chip(replace(card, files=files))), ANY_KEYS, trust=trust, now=NOW)
    assert reading.left_out == {number: "card.oversized"}
    assert reading.checks.failure() == failure


class HoldsBackNothing:
    """Says that it holds more back after one command of a session, and then never gives any."""

    def __init__(self, card: Transport, command: str) -> None:
        self.card, self.command = card, bytes.fromhex(command)

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        if command.startswith(self.command):
            self.card.send_and_receive(command)
            return b"", 0x6110
        return (b"", 0x6110) if command[1] == 0xC0 else self.card.send_and_receive(command)


def test_an_extra_group_whose_answer_never_comes_is_left_out_and_the_session_goes_on(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = LocalCard(Chip(authority.issue(MAU_THU)))
    reading = read_card(HoldsBackNothing(card, "0CB08D"), ANY_KEYS, trust=trust, now=NOW)
    assert (reading.checks.level, reading.left_out) == ("chip-proven", {13: "card.malformed"})
    with pytest.raises(MalformedData):
        read_card(HoldsBackNothing(card, "0CB081"), ANY_KEYS, trust=trust, now=NOW)


def test_garbage_in_place_of_the_way_in_is_not_called_a_missing_key(trust: TrustStore) -> None:
    for garbage in (b"\x31\x84\x7f\xff\xff\xff", bytes(8), b"\xff" * 64):
        with pytest.raises(MalformedData):
            read_card(AlwaysAnswers(garbage, 0x9000), AccessKeys(can="000001"), trust=trust, now=NOW)
