"""Which of the attached readers is meant."""

import pytest

from cardreader.errors import CardError, NoReader, SeveralReaders
from cardreader.reader_names import pick_reader

DESK, SPARE = "Desk Reader 00 00", "Desk Reader 01 00"
OTHER = "Pinpad 00 00"


@pytest.mark.parametrize(
    ("readers", "name", "holding", "expected"),
    [
        pytest.param([DESK], None, [], DESK, id="the only one"),
        pytest.param([DESK, SPARE], SPARE, [DESK], SPARE, id="by its whole name"),
        pytest.param([DESK, OTHER], "pinpad", [], OTHER, id="by a part of it"),
        pytest.param([DESK, SPARE, OTHER], None, [SPARE], SPARE, id="the one with a card"),
        pytest.param([DESK, SPARE, OTHER], "desk", [SPARE, OTHER], SPARE, id="of those named, the one with"),
        pytest.param([DESK, DESK + " PICC"], DESK, [], DESK, id="a name that begins another"),
    ],
)
def test_a_reader_is_picked(readers: list[str], name: str | None, holding: list[str], expected: str) -> None:
    assert pick_reader(readers, name, holds_card=holding.__contains__) == expected


def test_of_two_without_a_card_neither_is_picked_yet() -> None:
    assert pick_reader([DESK, SPARE], None, holds_card=lambda _: False) is None


@pytest.mark.parametrize(
    ("readers", "name", "holding", "error"),
    [
        pytest.param([], None, [], NoReader, id="none attached"),
        pytest.param([DESK], "pinpad", [], NoReader, id="none with this name"),
        pytest.param([DESK, SPARE], None, [DESK, SPARE], SeveralReaders, id="two with a card"),
    ],
)
def test_a_reader_is_not_guessed(
    readers: list[str], name: str | None, holding: list[str], error: type[CardError]
) -> None:
    with pytest.raises(error):
        pick_reader(readers, name, holds_card=holding.__contains__)
