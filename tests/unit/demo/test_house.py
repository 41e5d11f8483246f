"""Laying cards by number in the demo that stays open: every line gets an answer."""

import io

from rich.console import Console

from demo.house import lay_cards
from demo.telling import Teller


class Table:
    """The virtual reader's place for a card, without a reader."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def lay(self, sample: str, forgery: str | None) -> None:
        self.events.append(f"{sample} {forgery}")

    def remove(self) -> None:
        self.events.append("lifted")


def test_every_line_lays_or_lifts_a_card_or_says_that_there_is_none() -> None:
    table, said = Table(), io.StringIO()
    lay_cards(table, ["1\n", "\n", "5\n", "6\n", "99\n", "abc\n"], Teller(Console(file=said)))  # type: ignore[arg-type] # a table without a reader
    assert table.events == ["mau-thu None", "lifted", "mau-thu dg1", "mau-thu clone"]
    lines = said.getvalue().splitlines()
    assert len(lines) == 6
    assert "NGUYỄN THỊ MẪU THỬ" in lines[0]
    assert "lifted" in lines[1]
    assert "no such card" in lines[-2]
    assert "no such card" in lines[-1]
