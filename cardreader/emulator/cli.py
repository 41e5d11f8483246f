"""`tiepdon-card emulate`: a training card on the virtual reader until Ctrl-C."""

import difflib
import shlex
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import click

from cardreader.emulator.catalog import HABITS, combined
from cardreader.emulator.chip import Chip
from cardreader.emulator.errors import EmulatorError, PcscdUnavailable
from cardreader.emulator.habit_words import contradiction, explained
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.mrz import machine_readable_zone
from cardreader.emulator.pcscd import READER_NAMES, ReaderSlot, virtual_reader
from cardreader.emulator.samples import SAMPLES, Citizen, code_text
from cardreader.emulator.tampering import FORGERIES, Forgery, tampered
from failures import failure

_CARD_OR_READER_TROUBLE = 3


_NEAREST = 5
_EPILOG = "\b\nForgeries:\n" + "\n".join(
    f"{name}: {kind.en}{f' ({kind.needs})' if kind.needs else ''}" for name, kind in FORGERIES.items()
)


def _habits(_ctx: click.Context, _param: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of habits that a card can have together."""
    for name in names:
        if name not in HABITS:
            nearest = ", ".join(difflib.get_close_matches(name, HABITS, _NEAREST, 0.4))
            raise click.BadParameter(
                f"không có / there is none: {name!r}. "
                + (f"Gần nhất / nearest: {nearest}. " if nearest else "")
                + "Xem / see --list-habits."
            )
    if pair := contradiction(*names):
        raise click.BadParameter(f"không đi cùng nhau / do not go together: {pair[0]}, {pair[1]}")
    return names


@click.command(epilog=_EPILOG)
@click.option(
    "--sample", "name", type=click.Choice(sorted(SAMPLES)), help="The invented citizen of the card."
)
@click.option("--list", "list_samples", is_flag=True, help="List the samples and end.")
@click.option("--list-habits", is_flag=True, help="List the habits, each explained in a line, and end.")
@click.option(
    "--port", type=click.Choice([*map(str, READER_NAMES)]), help="The reader's slot; else a free one."
)
@click.option("--wait", default=10.0, show_default=True, help="Seconds to wait for a free slot.")
@click.option(
    "--habit",
    "habits",
    callback=_habits,
    metavar="NAME",
    multiple=True,
    help="Make the card differ in this way; may be given several times. --list-habits names them.",
)
@click.option(
    "--tamper",
    "forgery",
    type=click.Choice(list(FORGERIES)),
    metavar="NAME",
    help="Forge the card in this way.",
)
@click.option("--lift-after", type=click.IntRange(0), help="Take the card away after so many commands.")
@click.option(
    "--authority",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: Path(click.get_app_dir("tiepdon")) / "training",
    help="Folder of the training authority, made when missing; its subfolder `trust` is for --trust.",
)
def emulate(
    *,
    name: str | None,
    list_samples: bool,
    list_habits: bool,
    port: str | None,
    wait: float,
    habits: tuple[str, ...],
    forgery: Forgery | None,
    lift_after: int | None,
    folder: Path,
) -> None:
    """Lay a training card on the virtual reader until Ctrl-C. For training machines only."""
    if list_samples:
        for sample, citizen in SAMPLES.items():
            click.echo(f"{sample}\t{citizen.id_number}\t{citizen.full_name}")
        return
    if list_habits:
        for habit in HABITS:
            click.echo(f"{habit}\t{explained(habit)}")
        return
    if name is None:
        raise click.UsageError("Thiếu / missing --sample; --list: các thẻ mẫu / names the samples.")
    citizen, chosen = SAMPLES[name], combined(*habits)
    if forgery == "card-security" and all(offer.mapping != "CAM" for offer in chosen.pace_offers):
        raise click.UsageError(f"--tamper {forgery}: {FORGERIES[forgery].needs}")
    try:
        authority = TrainingAuthority.open(folder, now=datetime.now(UTC))
        card = authority.issue(citizen, habits=replace(chosen, lifted_after=lift_after))
        if forgery is not None:
            card = tampered(card, citizen, forgery)
        with virtual_reader(port=int(port) if port else None, patience=wait) as slot:
            stopped = _stop_on_signals()
            chip = Chip(card)
            slot.insert(chip)
            _introduce(slot, citizen, habits, forgery, folder.absolute() / "trust")
            _stay(slot, chip, stopped)
    except EmulatorError as error:
        _explain(error)
        raise SystemExit(_CARD_OR_READER_TROUBLE) from error


def _stop_on_signals() -> Callable[[float], bool]:
    """Return a wait that ends early, and returns True, once the program is asked to stop."""
    asked = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    return asked.wait


def _stay(slot: ReaderSlot, chip: Chip, stopped: Callable[[float], bool]) -> None:
    """Wait for the end: the program is asked to stop, the card lifts itself, or the service goes away."""
    while not stopped(0.5):
        if chip.lifted:
            click.echo("Thẻ đã tự nhấc. / The card lifted itself.")
            return
        if not slot.holds_card:
            raise PcscdUnavailable("the PC/SC service went away")


def _introduce(
    slot: ReaderSlot, citizen: Citizen, habits: tuple[str, ...], forgery: Forgery | None, trust: Path
) -> None:
    """Say what lies where, and how to read it."""
    lines = {
        "Công dân mẫu / sample citizen": citizen.full_name,
        "Đầu đọc / reader": slot.reader_name,
        "Số định danh / ID number": citizen.id_number,
        "Mã CAN / CAN": citizen.can,
        "Vùng MRZ / MRZ": machine_readable_zone(citizen),
        "Mã QR / QR code": code_text(citizen),
        "Chứng thư gốc / trust folder": str(trust),
    }
    if habits:
        lines["Thói quen / habits"] = ", ".join(habits)
    if forgery is not None:
        lines["Giả mạo / forged"] = f"{FORGERIES[forgery].vi} / {FORGERIES[forgery].en}"
    click.secho("THẺ TẬP HUẤN, KHÔNG CÓ GIÁ TRỊ THẬT / TRAINING CARD, NOT A REAL DOCUMENT", bold=True)
    for label, value in lines.items():
        click.echo(f"  {label}: {value}")
    click.echo("Đọc thẻ / read it:")
    options = ["--reader", slot.reader_name, *_reading_options(citizen, combined(*habits), forgery)]
    click.echo("  " + shlex.join(["tiepdon-card", "read", *options, "--trust", str(trust), "--training"]))
    click.echo("Nhấn Ctrl-C để nhấc thẻ. / Press Ctrl-C to lift the card.")
    click.echo(
        "Chú ý: đầu đọc ảo mở cổng mạng ra bên ngoài, chỉ dùng trên máy tập huấn. / "
        "Note: the virtual reader listens on every network interface; use training machines only.",
        err=True,
    )


def _reading_options(citizen: Citizen, habits: Habits, forgery: Forgery | None) -> list[str]:
    """Return what this card needs to be opened and to show what is special about it."""
    key = ["--number", citizen.id_number] if habits.pace else ["--mrz", machine_readable_zone(citizen)]
    old = "sha1" in (habits.signer.digest, habits.group_digest)
    shown = forgery == "dg2" or habits.portrait != Habits().portrait
    return [*key, *(["--allow-sha1"] if old else []), *(["--face", "face.png"] if shown else [])]


def _explain(error: EmulatorError) -> None:
    words = failure(error.code)
    for message, remedy in ((words.message.vi, words.remedy.vi), (words.message.en, words.remedy.en)):
        click.echo(f"{message} {remedy}", err=True)
    click.echo(f"{error.code}: {error}", err=True)
