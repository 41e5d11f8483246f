"""Answers that a card holds back in parts (61xx): put together below secure messaging, within a limit."""

import pytest

from cardreader.access.apdu import MAX_ANSWER_BYTES, WholeAnswers
from cardreader.errors import MalformedData, OversizedData
from tests.unit.cardreader.scripted_card import ScriptedCard

GET_RESPONSE = "00C00000"


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        pytest.param([("00", "AA9000")], "AA9000", id="whole"),
        pytest.param([("00", "6102"), (GET_RESPONSE + "02", "AABB9000")], "AABB9000", id="all of it later"),
        pytest.param(
            [("00", "AA6100"), (GET_RESPONSE + "00", "BB6101"), (GET_RESPONSE + "01", "CC6282")],
            "AABBCC6282",
            id="three parts",
        ),
        pytest.param(
            [("00", "AA6105"), (GET_RESPONSE + "05", "6C01"), (GET_RESPONSE + "01", "BB9000")],
            "AABB9000",
            id="another length",
        ),
        pytest.param([("00", "6102"), (GET_RESPONSE + "02", "6F00")], "6F00", id="refused"),
    ],
)
def test_an_answer_in_parts_is_put_together_below_secure_messaging(
    script: list[tuple[str, str]], answer: str
) -> None:
    card = ScriptedCard(script)
    data, sw = WholeAnswers(card).send_and_receive(b"\0")
    assert (data.hex() + f"{sw:04x}").upper() == answer
    assert not card.script


class Endless:
    """Holds something back for ever."""

    def __init__(self, part: bytes) -> None:
        self.part, self.sent = part, 0

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        self.sent += len(self.part)
        return self.part, 0x61FF


def test_an_answer_that_does_not_come_to_an_end_is_refused() -> None:
    card = Endless(bytes(256))
    with pytest.raises(OversizedData):
        WholeAnswers(card).send_and_receive(b"\0")
    assert card.sent <= MAX_ANSWER_BYTES + 2 * 256
    with pytest.raises(MalformedData):
        WholeAnswers(Endless(b"")).send_and_receive(b"\0")
