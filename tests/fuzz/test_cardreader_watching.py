"""Whatever readers, cards and piped bytes do: events that fit each other, bounded keys, our errors only."""

import contextlib

from hypothesis import example, given
from hypothesis import strategies as st

from cardreader.commands.options import key_of_line
from cardreader.commands.piped import MAX_LINE_BYTES, cut
from cardreader.errors import InputUnusable
from cardreader.reader_names import for_people, likeliest, slot_of, takes_extended
from cardreader.watching import Differences, Pairing, Slot

NAMES = st.sampled_from(["A", "B", "C SAM"])
LOOKS = st.lists(st.dictionaries(NAMES, st.builds(Slot, st.booleans(), st.integers(0, 3))), max_size=12)


@given(LOOKS)
def test_events_lead_from_each_look_to_the_next(looks: list[dict[str, Slot]]) -> None:
    differences, cards = Differences(), dict[str, bool]()
    for look in looks:
        for event in differences.of(look):
            match event.name:
                case "reader-added":
                    assert event.reader not in cards
                    cards[event.reader] = False
                case "reader-removed":
                    assert cards.pop(event.reader) is False
                case "card-inserted":
                    assert cards[event.reader] is False
                    cards[event.reader] = True
                case "card-removed":
                    assert cards[event.reader] is True
                    cards[event.reader] = False
        assert cards == {reader: slot.holds_card for reader, slot in look.items()}


STEPS = st.lists(st.tuples(st.sampled_from(["laid", "lifted", "hand_in", "read", "failed", "again"]), NAMES))


@given(STEPS, st.booleans())
def test_no_key_is_offered_twice_to_a_card_that_was_not_lifted(
    steps: list[tuple[str, str]], standing: bool
) -> None:
    pairing, offered = Pairing(object() if standing else None), list[tuple[str, object]]()
    for step, reader in steps:
        match step:
            case "laid":
                pairing.laid(reader)
                offered = [pair for pair in offered if pair[0] != reader]
            case "lifted":
                pairing.lifted(reader)
            case "hand_in":
                pairing.hand_in(object())
            case _ if pair := pairing.next():
                assert pair not in offered
                offered.append(pair)
                pairing.read(*pair) if step == "read" else pairing.failed(*pair, again=step == "again")


@given(st.lists(st.binary(max_size=3 * MAX_LINE_BYTES), max_size=5))
@example([b"\x1c"])  # blank as text, not as bytes
def test_piped_bytes_are_lines_of_bounded_length_and_keys_or_refused(chunks: list[bytes]) -> None:
    for line in cut(iter(chunks)):
        assert line and len(line) <= MAX_LINE_BYTES
        with contextlib.suppress(InputUnusable):
            assert key_of_line(line).access.can


@given(st.lists(st.text(max_size=60)))
def test_any_names_are_sorted_into_slots(names: list[str]) -> None:
    assert set(likeliest(for_people(names))) <= set(names)
    assert all(takes_extended(name) in (None, False) and slot_of(name) for name in names)
