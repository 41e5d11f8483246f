"""Readers that come and go, cards that are exchanged, keys that are handed in: at the port, without PC/SC."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import pytest

from cardreader.errors import ReaderUnavailable
from cardreader.watching import Differences, Event, Pairing, Slot, watch

EMPTY, CARD = Slot(holds_card=False), Slot(holds_card=True, changes=1)
AWAY = None


def events(*looks: Mapping[str, Slot]) -> list[str]:
    differences = Differences()
    return [f"{event.name} {event.reader}" for look in looks for event in differences.of(look)]


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        pytest.param([{}], [], id="nothing attached"),
        pytest.param([{"A": EMPTY}, {"A": EMPTY}], ["reader-added A"], id="nothing happens"),
        pytest.param([{"A": CARD}], ["reader-added A", "card-inserted A"], id="a card lies there already"),
        pytest.param(
            [{"A": EMPTY}, {"A": CARD}, {"A": Slot(False, 2)}],
            ["reader-added A", "card-inserted A", "card-removed A"],
            id="laid and lifted",
        ),
        pytest.param(
            [{"A": CARD}, {"A": Slot(True, 3)}],
            ["reader-added A", "card-inserted A", "card-removed A", "card-inserted A"],
            id="exchanged between two looks",
        ),
        pytest.param(
            [{"A": CARD}, {}],
            ["reader-added A", "card-inserted A", "card-removed A", "reader-removed A"],
            id="unplugged with its card",
        ),
        pytest.param(
            [{"A": EMPTY}, {"A": EMPTY, "B": CARD}, {"B": CARD}],
            ["reader-added A", "reader-added B", "card-inserted B", "reader-removed A"],
            id="two readers",
        ),
        pytest.param(
            [{"A": EMPTY}, {}, {"A": EMPTY}],
            ["reader-added A", "reader-removed A", "reader-added A"],
            id="plugged in again",
        ),
    ],
)
def test_two_looks_that_differ_are_events(looks: list[Mapping[str, Slot]], expected: list[str]) -> None:
    assert events(*looks) == expected


class Keys:
    """A key; two of the same number are still two keys."""

    def __init__(self, number: str) -> None:
        self.number = number


def test_a_standing_key_is_tried_once_on_every_card() -> None:
    key = Keys("1")
    pairing = Pairing(key)
    assert pairing.next() is None
    pairing.laid("A")
    assert pairing.next() == ("A", key)
    pairing.failed("A", key, again=True)
    assert pairing.next() is None
    pairing.laid("A")
    assert pairing.next() == ("A", key)
    pairing.read("A", key)
    assert pairing.next() is None


def test_a_key_that_was_handed_in_is_for_one_card() -> None:
    key = Keys("1")
    pairing = Pairing[Keys]()
    pairing.hand_in(key)
    pairing.laid("A")
    assert pairing.next() == ("A", key)
    pairing.read("A", key)
    pairing.laid("A")
    assert pairing.next() is None


def test_a_key_handed_in_after_the_card_was_laid_is_tried_on_it() -> None:
    pairing = Pairing[Keys]()
    pairing.laid("A")
    pairing.laid("B")
    pairing.hand_in(key := Keys("1"))
    assert pairing.next() == ("B", key)  # the last that was laid
    pairing.failed("B", key, again=True)
    assert pairing.next() == ("A", key)


def test_a_key_stays_for_the_next_try_where_the_card_was_lifted_and_only_there() -> None:
    pairing = Pairing[Keys]()
    pairing.hand_in(key := Keys("1"))
    pairing.laid("A")
    pairing.failed("A", key, again=True)
    pairing.lifted("A")
    pairing.laid("A")
    assert pairing.next() == ("A", key)
    pairing.failed("A", key, again=False)
    pairing.laid("A")
    assert pairing.next() is None


def test_a_card_that_refused_one_key_is_tried_with_the_next_one() -> None:
    pairing = Pairing[Keys]()
    pairing.laid("A")
    pairing.hand_in(wrong := Keys("1"))
    pairing.failed("A", wrong, again=False)
    assert pairing.next() is None
    pairing.hand_in(right := Keys("1"))
    assert pairing.next() == ("A", right)


def test_the_newest_key_counts_and_goes_before_the_standing_one() -> None:
    pairing = Pairing(standing := Keys("0"))
    pairing.hand_in(Keys("1"))
    pairing.hand_in(newest := Keys("2"))
    pairing.laid("A")
    assert pairing.next() == ("A", newest)
    pairing.failed("A", newest, again=False)
    assert pairing.next() == ("A", standing)


class Script:
    """A port that shows one look after the other, and a host that writes down what it is told."""

    def __init__(self, *looks: "Mapping[str, Slot] | None", keys: Mapping[int, str] | None = None) -> None:
        self.looks: Iterator[Mapping[str, Slot] | None] = iter(looks)
        self.left, self.handed = len(looks), dict(keys or {})
        self.turn = 0
        self.told: list[str] = []
        self.outcomes: list[bool | None] = []

    def look(self, seconds: float) -> Mapping[str, Slot]:
        self.turn, self.left = self.turn + 1, self.left - 1
        shown = next(self.looks)
        if shown is None:
            raise ReaderUnavailable("away")
        return shown

    def stopped(self) -> bool:
        return self.left == 0

    def pause(self, seconds: float) -> None:
        self.told.append("pause")

    def happened(self, event: Event) -> None:
        self.told.append(f"{event.name} {event.reader}")

    def service(self, *, away: bool) -> None:
        self.told.append("service away" if away else "service back")

    def handed_in(self) -> Iterable[str]:
        return [self.handed.pop(self.turn)] if self.turn in self.handed else []

    def read(self, reader: str, key: str) -> bool | None:
        self.told.append(f"read {reader} with {key}")
        return self.outcomes.pop(0) if self.outcomes else True

    def looked(self, readers: Collection[str]) -> None:
        """Which readers are there is told by the events already."""

    def readable(self, reader: str) -> bool:
        return "SAM" not in reader

    def watched(self, standing: str | None = None) -> list[str]:
        watch(self, self, standing=standing, stopped=self.stopped, pause=self.pause)
        return self.told


def test_a_service_that_goes_away_and_comes_back_takes_its_readers_along() -> None:
    assert Script({"A": CARD}, AWAY, AWAY, {"A": EMPTY}).watched() == [
        "reader-added A",
        "card-inserted A",
        "service away",
        "card-removed A",
        "reader-removed A",
        "pause",
        "pause",
        "service back",
        "reader-added A",
    ]


def test_a_service_that_is_away_from_the_start_is_waited_for() -> None:
    assert Script(AWAY, {"A": EMPTY}).watched() == ["service away", "pause", "service back", "reader-added A"]


def test_each_card_is_read_once_with_the_standing_key() -> None:
    told = Script({"A": CARD}, {"A": CARD}, {"A": Slot(True, 3)}).watched("key")
    assert told.count("read A with key") == 2


def test_without_a_key_no_card_is_read() -> None:
    assert not [line for line in Script({"A": CARD}, {"A": CARD}).watched() if line.startswith("read ")]


def test_two_cards_are_read_one_after_the_other_with_a_look_between_them() -> None:
    told = Script({"A": CARD, "B": CARD}, {"A": CARD}, {"A": CARD}).watched("key")
    assert [line for line in told if line.startswith(("read ", "card-removed"))] == [
        "read B with key",
        "card-removed B",
        "read A with key",
    ]


def test_a_card_lifted_in_the_reading_is_read_when_it_is_laid_again() -> None:
    script = Script({"A": CARD}, {"A": Slot(False, 2)}, {"A": Slot(True, 3)}, keys={1: "key"})
    script.outcomes = [None, True]
    assert script.watched().count("read A with key") == 2


def test_a_security_modules_slot_is_never_read() -> None:
    told = Script({"A SAM": CARD}, {"A SAM": CARD}).watched("key")
    assert told == ["reader-added A SAM", "card-inserted A SAM"]
