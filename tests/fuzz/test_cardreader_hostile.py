"""A card that answers whatever it likes, at the transport: an error of ours, within the named caps."""

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cardreader.access.keys import AccessKeys
from cardreader.errors import CardError
from cardreader.lds.datagroups import MAX_GROUP_BYTES
from cardreader.lds.tlv import write_tlv
from cardreader.proof.trust import TrustStore
from cardreader.reading import read_card
from cardreader.traffic import MAX_COMMANDS
from tests.unit.cardreader.vectors import CARD_ACCESS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
KEYS = AccessKeys(can="000001", zones=("300000001295041213504129", "300000001295041213512129"))
STATUS_WORDS = st.sampled_from(
    [0x9000] * 6 + [0x6100, 0x6101, 0x61FF, 0x6C00, 0x6C10, 0x6CFF, 0x6282, 0x6300, 0x63C2, 0x6700, 0x6982]
) | st.integers(0, 0xFFFF)
FILES = [
    b"",
    b"\x00",
    bytes.fromhex(CARD_ACCESS),
    bytes(8),
    write_tlv(0x7C, write_tlv(0x80, bytes(16))),
    write_tlv(0x7C, write_tlv(0x82, b"\x04" + bytes(64))),
    bytes.fromhex("318201F4") + bytes.fromhex(CARD_ACCESS)[2:] * 9,
    bytes.fromhex("7782FFFF") + bytes(200),
    bytes.fromhex("990290008E08") + bytes(8),
    bytes.fromhex("87820100") + bytes(256),
]
ANSWERS = st.tuples(st.sampled_from(FILES) | st.binary(max_size=300), STATUS_WORDS)


class AnyAnswers:
    """Draws each answer from a list, in an order that the commands have no say in."""

    def __init__(self, answers: list[tuple[bytes, int]], random: Random) -> None:
        self.answers, self.random = answers, random
        self.commands, self.received = 0, 0

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        self.commands += 1
        data, sw = self.random.choice(self.answers)
        self.received += len(data)
        return data, sw


@given(
    st.lists(ANSWERS, min_size=1, max_size=12),
    st.randoms(use_true_random=False),
    st.sampled_from([None, True, False]),
)
@example([(b"", 0x6100)], Random(1), None)
@example([(bytes(300), 0x61FF)], Random(1), None)
@example([(b"", 0x6C10)], Random(1), True)
@example([(bytes.fromhex("31847FFFFFFF"), 0x9000)], Random(1), None)
def test_any_card_ends_in_an_error_of_ours_within_the_commands_allowed(
    answers: list[tuple[bytes, int]], random: Random, extended: bool | None
) -> None:
    card = AnyAnswers(answers, random)
    with pytest.raises(CardError):
        read_card(card, KEYS, trust=TrustStore([]), now=NOW, extended=extended)
    assert card.commands <= MAX_COMMANDS


class Endless:
    """A card whose every answer promises more, a byte at a time."""

    def __init__(self, data: bytes, sw: int) -> None:
        self.data, self.sw = data, sw
        self.commands = 0

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        self.commands += 1
        return self.data, self.sw


@pytest.mark.parametrize(
    ("data", "sw"),
    [
        (b"\x31", 0x6101),
        (b"\x31", 0x9000),
        (b"\x31", 0x6282),
        (b"", 0x61FF),
        (b"\x31\x82", 0x9000),
        (b"", 0x6CFF),
    ],
)
def test_a_card_that_never_comes_to_an_end_is_given_up(data: bytes, sw: int) -> None:
    card = Endless(data, sw)
    with pytest.raises(CardError):
        read_card(card, KEYS, trust=TrustStore([]), now=NOW)
    assert card.commands <= MAX_COMMANDS
    assert card.commands * max(1, len(data)) <= MAX_GROUP_BYTES
