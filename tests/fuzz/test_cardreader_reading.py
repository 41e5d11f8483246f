"""Whatever a card answers, a reading ends with a result or with an error of ours, within named limits."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardreader.access.keys import AccessKeys
from cardreader.emulator.chip import Chip
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.samples import SAMPLES
from cardreader.errors import CardError
from cardreader.lds.security_infos import parse_pace_infos
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.reasons import Reason
from cardreader.proof.trust import TrustStore
from cardreader.reading import read_card
from cardreader.traffic import MAX_COMMANDS
from cardreader.transport import Transport

NOW = datetime(2026, 3, 1, tzinfo=UTC)
AUTHORITY = TrainingAuthority.create(now=NOW)
TRUST = TrustStore([parse_certificate(AUTHORITY.csca)], training=True)
CARDS = {
    habits: AUTHORITY.issue(SAMPLES["mau-thu"], habits=habits) for habits in (Habits(), Habits(pace=False))
}
KEYS = AccessKeys(zones=(CARDS[Habits()].access_information,))


class Disturbed:
    """Passes commands on and changes the answers that `disturb` has something for."""

    def __init__(self, card: Transport, disturb: Callable[[int, bytes], bytes]) -> None:
        self.card, self.disturb, self.count = card, disturb, -1

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        data, sw = self.card.send_and_receive(command)
        self.count += 1
        answer = self.disturb(self.count, data + sw.to_bytes(2, "big"))
        return answer[:-2], int.from_bytes(answer[-2:], "big")


@pytest.mark.parametrize("habits", CARDS, ids=["PACE", "BAC"])
@given(st.integers(0, 17), st.integers(0, 260), st.integers(1, 255))
def test_one_changed_byte_is_an_error_or_changes_nothing(
    habits: Habits, number: int, position: int, change: int
) -> None:
    def disturb(count: int, answer: bytes) -> bytes:
        if count != number:
            return answer
        place = position % len(answer)
        return answer[:place] + bytes([answer[place] ^ change]) + answer[place + 1 :]

    with contextlib.suppress(CardError):
        card = Disturbed(LocalCard(Chip(CARDS[habits])), disturb)
        reading = read_card(card, KEYS, trust=TRUST, now=NOW)
        assert reading.id_number == "033300000001"
        # EF.CardAccess comes in the clear, and the chip's last answer is judged by itself.
        assert reading.checks.failure() in (None, Reason.ACCESS_DIFFERS, Reason.CHIP_ANSWER_WRONG)


@given(st.lists(st.binary(min_size=2, max_size=258), min_size=1, max_size=30))
def test_a_card_that_says_anything_ends_with_an_error_of_ours(answers: list[bytes]) -> None:
    def disturb(count: int, _answer: bytes) -> bytes:
        return answers[count % len(answers)]

    card = Disturbed(LocalCard(Chip(CARDS[Habits()])), disturb)
    with pytest.raises(CardError):
        read_card(card, KEYS, trust=TRUST, now=NOW)
    assert card.count < MAX_COMMANDS


@given(st.binary(max_size=80))
def test_only_our_errors_come_out_of_card_access(data: bytes) -> None:
    for file in (data, b"\x31" + bytes([len(data)]) + data):
        with contextlib.suppress(CardError):
            parse_pace_infos(file)
