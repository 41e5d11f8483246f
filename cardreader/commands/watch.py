"""`tiepdon-card watch`: what happens on the readers, line by line, until Ctrl-C; with keys it reads cards."""

import contextlib
import queue
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from cardreader import pcsc
from cardreader.commands.display import level_words, show_reading
from cardreader.commands.exits import stderr
from cardreader.commands.options import (
    CardKey,
    given_key,
    given_trust,
    key_of_line,
    key_options,
    reader_option,
    trust_options,
)
from cardreader.commands.piped import lines_of
from cardreader.errors import CardError, InputUnusable
from cardreader.printable import json_line, printable
from cardreader.proof.trust import TrustStore
from cardreader.reader_names import for_people, takes_extended
from cardreader.reading import CardReading, read_card
from cardreader.watching import Event
from cardreader.watching import watch as watch_readers
from failures import failure
from failures.faults import places
from failures.terminal import show_failure

_TOLD = ("level", "checks", "access", "commands", "training")  # members of a reading without personal data
_WORDS = {
    "reader-added": "Đã cắm đầu đọc · reader added",
    "reader-removed": "Đầu đọc đã rút · reader removed",
    "card-inserted": "Đã đặt thẻ · card inserted",
    "card-removed": "Đã nhấc thẻ · card removed",
    "read-finished": "Đã đọc xong · read finished",
}
_FAULT = "card.unexpected-fault"
_TRAINING = "THẺ TẬP HUẤN · TRAINING CARD"
_SERVICE_BACK = "Dịch vụ đầu đọc đã chạy lại. · The reader service is back."

Tell = Callable[[dict[str, Any], CardReading | None], None]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--with-data", is_flag=True, help="Print what was read too, which is personal data.")
@reader_option
@key_options
@trust_options
def watch(
    *,
    as_json: bool,
    with_data: bool,
    reader_name: str | None,
    number: str | None,
    can: str | None,
    mrz: str | None,
    qr: str | None,
    trust: Path | None,
    training: bool,
    allow_sha1: bool,
) -> None:
    """Print what happens on the readers until Ctrl-C, and read each card that there is a key for.

    A key given as an option opens every card. Each line piped to stdin, an ID number, a card
    access number or the text of a QR code, opens one; the end of stdin ends nothing. With --reader
    nothing is told of other readers. By default a reading is told without personal data: its
    level, or why the card is not accepted.
    """
    host = WatchHost(
        trust=given_trust(trust, training=training, allow_sha1=allow_sha1),
        only=reader_name,
        lines=_piped_lines(),
        tell=_json_lines(with_data=with_data) if as_json else _words(with_data=with_data),
    )
    standing = given_key(number=number, can=can, mrz=mrz, qr=qr)
    stopped = _stop_on_signals()
    with contextlib.closing(pcsc.PcscReaders()) as readers:
        watch_readers(readers, host, standing=standing, stopped=stopped.is_set, pause=stopped.wait)


class WatchHost:
    """Tells what happens, and reads cards: `watching.Host` of the command."""

    def __init__(
        self, *, trust: TrustStore, only: str | None, lines: "queue.SimpleQueue[str]", tell: Tell
    ) -> None:
        self._trust = trust
        self._only = (only or "").casefold()
        self._missed = False
        self._lines = lines
        self._tell = tell

    def happened(self, event: Event) -> None:
        """Tell of one event, unless it is another reader's than the one asked for."""
        if not self._meant(event.reader):
            return
        self._tell({"event": event.name, "reader": event.reader, "at": _now()}, None)

    def service(self, *, away: bool) -> None:
        """Say on stderr that the service went away, with the remedy, or that it is back."""
        if away:
            show_failure("reader.service-away", stderr())
        else:
            click.echo(_SERVICE_BACK, err=True)

    def looked(self, readers: Collection[str]) -> None:
        """Say on stderr, once, that no reader has the name that was asked for."""
        if self._only and not self._missed and not any(map(self._meant, readers)):
            self._missed = True
            show_failure("reader.none", stderr())
            click.echo("\n".join(printable(f"  · {name}") for name in readers), err=True, nl=bool(readers))

    def handed_in(self) -> Iterator[CardKey]:
        """Yield the key of each line that arrived; one that is none is answered as a reading of no reader."""
        while True:
            try:
                yield key_of_line(self._lines.get_nowait())
            except queue.Empty:
                return
            except InputUnusable as error:
                self._finished(None, code=error.code)

    def readable(self, reader: str) -> bool:
        """Return whether cards on this reader are to be read."""
        return bool(for_people([reader])) and self._meant(reader)

    def _meant(self, reader: str) -> bool:
        return self._only in reader.casefold()

    def read(self, reader: str, key: CardKey) -> bool | None:
        """Read the card and tell how it went."""
        try:
            with pcsc.connect(reader) as card:
                reading = read_card(
                    card,
                    key.access,
                    trust=self._trust,
                    now=datetime.now(UTC),
                    expected_id=key.expected_id,
                    extended=takes_extended(reader),
                )
        except CardError as error:
            self._finished(reader, code=error.code)
            return None if error.retry else False
        except Exception as fault:  # noqa: BLE001 - one card must not end the readings of all that follow
            click.echo(f"{_FAULT}: {places(fault)}", err=True)
            self._finished(reader, code=_FAULT)
            return False
        self._finished(reader, code=reading.checks.failure(), reading=reading)
        return True

    def _finished(self, reader: str | None, *, code: str | None, reading: CardReading | None = None) -> None:
        read = reading.to_json() if reading else {}
        event = {
            "event": "read-finished",
            "reader": reader,
            "at": _now(),
            "genuine": reading is not None and code is None,
            "code": code,
            "ms": read.get("elapsed_ms"),
        }
        self._tell(event | {name: read.get(name) for name in _TOLD}, reading)


def _json_lines(*, with_data: bool) -> Tell:
    def tell(event: dict[str, Any], reading: CardReading | None) -> None:
        data = {"reading": reading.to_json()} if with_data and reading else {}
        click.echo(json_line(event | data))

    return tell


def _words(*, with_data: bool) -> Tell:
    def tell(event: dict[str, Any], reading: CardReading | None) -> None:
        line = [event["at"], _WORDS[event["event"]], event["reader"] or ""]
        if event["event"] == "read-finished":
            line.append(_outcome(event))
        click.echo(printable("  ".join(line)))
        if with_data and reading:
            show_reading(reading, Console(highlight=False))

    return tell


def _outcome(event: dict[str, Any]) -> str:
    """Return what `read` says of such a card: its level, or why it is not accepted; TRAINING where it is."""
    mark = f"{_TRAINING} · " if event["training"] else ""
    code = event["code"]
    if code is None:
        return mark + level_words(event["level"])
    message = failure(code).message
    return f"{mark}{message.vi} · {message.en} [{code}]"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _piped_lines() -> "queue.SimpleQueue[str]":
    """Return the lines that another program pipes in; what a person types would be shown while they type."""
    if sys.stdin is None or sys.stdin.isatty():
        return queue.SimpleQueue()
    return lines_of(sys.stdin.fileno())


def _stop_on_signals() -> threading.Event:
    """Return what is set by the first Ctrl-C or request to end; the second ends the program as usual."""
    stopped = threading.Event()

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped
