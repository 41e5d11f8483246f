"""Reading one file: few commands, every kind of stubborn card, and cheap refusals of hostile ones."""

import time

import pytest

from cardreader.access.apdu import PlainChannel, select_master_file
from cardreader.access.files import read_file
from cardreader.errors import CardError, CardRefused, OversizedData
from cardreader.lds.datagroups import CARD_ACCESS, DATA_GROUPS, MAX_GROUP_BYTES, SECURITY_OBJECT
from cardreader.traffic import MAX_COMMANDS, CountedTransport
from tests.unit.cardreader.scripted_card import ScriptedCard

BY_SHORT_IDENTIFIER = "00B0810000"
SELECT = "00A4020C020101"
READ = "00B0000000"
LONG = "6182012C" + "AA" * 300


def read(*script: tuple[str, str]) -> str:
    card = ScriptedCard(script)
    content = read_file(PlainChannel(card), DATA_GROUPS[1])
    assert not card.script, "the reader stopped early"
    return content.hex().upper()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([(BY_SHORT_IDENTIFIER, "6102AABB9000")], id="one command"),
        pytest.param([(BY_SHORT_IDENTIFIER, "6102AABB6282")], id="end of file warned of"),
        pytest.param([(BY_SHORT_IDENTIFIER, "6102AABB00009000")], id="filler behind the object"),
        pytest.param(
            [(BY_SHORT_IDENTIFIER, "6C04"), ("00B0810004", "6102AABB9000")], id="exact length asked"
        ),
        pytest.param(
            [(BY_SHORT_IDENTIFIER, "6A82"), (SELECT, "9000"), (READ, "6102AABB9000")],
            id="no short identifiers",
        ),
        pytest.param(
            [
                (BY_SHORT_IDENTIFIER, "6700"),
                (SELECT, "9000"),
                (READ, "6700"),
                ("00B0000004", "6102AABB9000"),
            ],
            id="the header alone",
        ),
        pytest.param(
            [(BY_SHORT_IDENTIFIER, "61029000"), ("00B0000202", "AA9000"), ("00B0000301", "BB9000")],
            id="short answers",
        ),
    ],
)
def test_a_file_is_read_from_any_kind_of_card(script: list[tuple[str, str]]) -> None:
    assert read(*script) == "6102AABB"


def test_a_long_file_takes_full_blocks_and_ends_exactly() -> None:
    assert read((BY_SHORT_IDENTIFIER, LONG[:512] + "9000"), ("00B0010030", LONG[512:] + "9000")) == LONG


@pytest.mark.parametrize(
    ("script", "error"),
    [
        pytest.param([(BY_SHORT_IDENTIFIER, "6A82"), (SELECT, "6A82")], CardRefused, id="no such file"),
        pytest.param([(BY_SHORT_IDENTIFIER, "6982"), (SELECT, "6982")], CardRefused, id="not allowed"),
        pytest.param([(BY_SHORT_IDENTIFIER, "6184FFFFFFFF9000")], OversizedData, id="claims 4 GB"),
        pytest.param(
            [(BY_SHORT_IDENTIFIER, "6C04"), ("00B0810004", "6C04"), (SELECT, "6A86")],
            CardRefused,
            id="asks for another length for ever",
        ),
    ],
)
def test_a_card_that_does_not_give_the_file_is_refused(
    script: list[tuple[str, str]], error: type[CardError]
) -> None:
    with pytest.raises(error):
        read(*script)


@pytest.mark.parametrize(
    ("script", "content"),
    [
        pytest.param([(BY_SHORT_IDENTIFIER, "6D0212349000")], "6D021234", id="another tag"),
        pytest.param([(BY_SHORT_IDENTIFIER, "9000")], "", id="no data"),
        pytest.param([(BY_SHORT_IDENTIFIER, "61809000")], "6180", id="indefinite length"),
        pytest.param([(BY_SHORT_IDENTIFIER, "6102AA9000"), ("00B0000301", "9000")], "6102AA", id="stops"),
        pytest.param(
            [(BY_SHORT_IDENTIFIER, "6102AA9000"), ("00B0000301", "6B00")], "6102AA", id="ends early"
        ),
    ],
)
def test_of_a_file_that_is_not_well_formed_there_is_what_there_is(
    script: list[tuple[str, str]], content: str
) -> None:
    assert read(*script) == content


def test_a_read_that_is_refused_in_the_middle_is_a_refusal_and_no_end() -> None:
    with pytest.raises(CardRefused):
        read((BY_SHORT_IDENTIFIER, "6102AA9000"), ("00B0000301", "6982"))


def test_a_card_that_gives_a_byte_at_a_time_is_read_on_from_the_first() -> None:
    pieces = ["61", "81", "80", *["AA"] * 128]
    script = [(f"00B0{offset:04X}{left:02X}", f"{piece}9000") for offset, piece, left in _left(pieces)]
    assert read((BY_SHORT_IDENTIFIER, "619000"), *script) == "".join(pieces)


def _left(pieces: list[str]) -> list[tuple[int, str, int]]:
    """Return offset, byte and the most that is asked for: the header's four bytes, then what is missing."""
    size = len(pieces)
    return [
        (offset, piece, (4 if offset < 3 else size) - offset) for offset, piece in enumerate(pieces) if offset
    ]


def test_a_cautious_reader_never_asks_for_more_than_there_is() -> None:
    card = ScriptedCard([("00B0810004", "6102AABB9000")])
    assert read_file(PlainChannel(card), DATA_GROUPS[1], cautious=True).hex().upper() == "6102AABB"
    card = ScriptedCard([("00B0810004", "6104AABB9000"), ("00B0000402", "CCDD9000")])
    assert read_file(PlainChannel(card), DATA_GROUPS[1], cautious=True).hex().upper() == "6104AABBCCDD"


def test_the_directory_is_selected_where_a_file_is_not_found_and_may_refuse() -> None:
    card = ScriptedCard(
        [("00B09C0000", "6A82"), ("00A4000C023F00", "6D00"), ("00A4020C02011C", "9000"), (READ, "31009000")]
    )
    assert read_file(PlainChannel(card), CARD_ACCESS, parent=select_master_file()).hex() == "3100"


def test_the_status_word_of_a_refusal_is_kept() -> None:
    with pytest.raises(CardRefused) as caught:
        read((BY_SHORT_IDENTIFIER, "6A82"), (SELECT, "6A82"))
    assert caught.value.sw == 0x6A82


class DrippingCard:
    """Claims the largest file and hands it out one byte at a time."""

    def __init__(self) -> None:
        self.offset = 0

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        self.offset += 1
        head = b"\x77\x82" + (MAX_GROUP_BYTES - 4).to_bytes(2, "big")
        return (head if self.offset == 1 else b"\x00"), 0x9000


def test_a_card_that_never_comes_to_an_end_is_stopped() -> None:
    counted = CountedTransport(DrippingCard(), clock=time.perf_counter)
    with pytest.raises(OversizedData):
        read_file(PlainChannel(counted), SECURITY_OBJECT)
    assert counted.commands == MAX_COMMANDS


def test_traffic_is_counted_with_status_words_and_time_under_way() -> None:
    ticks = iter([10.0, 10.25, 20.0, 20.5])
    counted = CountedTransport(
        ScriptedCard([("0084000008", "46089000"), ("0084000008", "6D00")]), clock=lambda: next(ticks)
    )
    for _ in range(2):
        counted.send_and_receive(bytes.fromhex("0084000008"))
    assert (counted.commands, counted.bytes_sent, counted.bytes_received) == (2, 10, 6)
    assert counted.seconds == 0.75
