"""What a file, a card or another program sent, on a terminal and in a line of JSON."""

import json

import pytest

from cardreader.printable import json_line, printable


@pytest.mark.parametrize("space", [" ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"])
def test_a_space_of_any_width_is_shown_as_it_is(space: str) -> None:
    assert printable(f"80{space}%") == f"80{space}%"
    assert json_line(f"80{space}%") == f'"80{space}%"'


@pytest.mark.parametrize("letter", ["\x1b", "\x9b", "\n", "\N{LINE SEPARATOR}", "\N{RIGHT-TO-LEFT OVERRIDE}"])
def test_what_a_terminal_would_obey_is_not_shown(letter: str) -> None:
    assert printable(f"a{letter}b") == "a\N{REPLACEMENT CHARACTER}b"
    assert letter not in json_line(f"a{letter}b")
    assert json.loads(json_line(f"a{letter}b")) == f"a{letter}b"
