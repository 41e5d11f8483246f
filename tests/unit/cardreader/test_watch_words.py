"""What `watch` says to a person, of the readers that were asked for."""

import queue

import pytest

from cardreader.commands import watch as command
from cardreader.proof.trust import TrustStore
from cardreader.watching import Event


def host(only: str | None) -> command.WatchHost:
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    return command.WatchHost(
        trust=TrustStore([]), only=only, lines=lines, tell=command._words(with_data=False)
    )


def test_a_reader_that_is_not_there_is_said_once_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    watching = host("Nonesuch")
    for _ in range(3):
        watching.looked(["Desk 00", "Desk 01"])
    said = capsys.readouterr().err
    assert said.count("[reader.none]") == said.count("Desk 01") == 1


@pytest.mark.parametrize("only", [None, "desk"])
def test_nothing_is_said_where_the_reader_is_there_or_none_was_asked_for(
    only: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    host(only).looked(["Desk 00"])
    assert capsys.readouterr().err == ""


def test_events_of_other_readers_than_the_one_asked_for_are_not_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    watching = host("00 01")
    for reader in ("Desk 00 00", "Desk 00 01"):
        watching.happened(Event("card-inserted", reader))
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("Đã đặt thẻ · card inserted  Desk 00 01")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"code": None, "level": "chip-proven", "training": False}, "Chip gốc, dữ liệu thật"),
        ({"code": None, "level": "chip-read", "training": False}, "a copy is not excluded"),
        ({"code": None, "level": "chip-read", "training": True}, "THẺ TẬP HUẤN · TRAINING CARD"),
        ({"code": "proof.group-changed", "level": None, "training": None}, "[proof.group-changed]"),
    ],
    ids=["proven", "read", "training", "refused"],
)
def test_a_reading_is_told_by_the_words_of_its_level(
    event: dict[str, object], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command._words(with_data=False)(
        {"at": "2026-11-22", "event": "read-finished", "reader": "Desk 00"} | event, None
    )
    assert words in capsys.readouterr().out
