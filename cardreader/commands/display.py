"""What `tiepdon-card` shows a person on a terminal: Vietnamese first, English beside it."""

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cardreader.printable import printable
from cardreader.proof.reasons import Check
from cardreader.proof.verdict import Verdict
from cardreader.reading import CardReading

_SEXES = {"male": "Nam · male", "female": "Nữ · female", "unknown": "không rõ · unknown"}
_STATUSES = {
    "passed": ("[green]✔[/]", "đạt · passed"),
    "failed": ("[red]✘[/]", "không đạt · failed"),
    "not-done": ("[yellow]–[/]", "chưa kiểm tra · not done"),
    "absent": ("[yellow]–[/]", "thẻ không có · not on this card"),
}
_LEVELS = {
    "chip-proven": "[green]Chip gốc, dữ liệu thật · the original chip, genuine data[/]",
    "chip-read": "[yellow]Dữ liệu thật, chưa loại trừ bản sao · genuine data, a copy is not excluded[/]",
    None: "[red]Không công nhận · not accepted[/]",
}
_CHECKS = {
    "passive": "Dữ liệu do cơ quan cấp ký · data signed by the issuer",
    "consistent": "Các phần dữ liệu khớp nhau · parts agree",
    "active": "Chip gốc (AA) · active authentication",
    "chip": "Chip gốc (CA) · chip authentication",
}


def show_reading(reading: CardReading, console: Console) -> None:
    """Print who the card says it belongs to, what was checked, and what the reading cost."""
    if reading.training:
        console.print("[black on yellow] THẺ TẬP HUẤN · TRAINING CARD [/]")
    accepted = reading.checks.failure() is None
    console.print(
        Panel(
            _holder(reading),
            title=f"[bold]{plain(reading.full_name)}[/]" if accepted else _refused(reading.full_name),
            border_style="green" if accepted else "red",
            expand=False,
        )
    )
    show_checks(reading.checks, console)
    length = "lệnh dài · extended length" if reading.extended else "lệnh ngắn · short length"
    console.print(
        f"[dim]{reading.access} · {length} · {reading.commands} lệnh (commands)\n"
        f"{reading.bytes_sent + reading.bytes_received} byte · {reading.elapsed_ms:.0f} ms "
        f"(đầu đọc và thẻ · reader and card: {reading.transmit_ms:.0f} ms)[/]"
    )
    if reading.nonce is not None:
        console.print(f"[dim]số chip đã ký · nonce: {reading.nonce.hex()}[/]")


def _refused(name: str) -> str:
    return f"[bold red]KHÔNG CÔNG NHẬN · not accepted:[/] [strike]{plain(name)}[/]"


def show_checks(checks: Verdict, console: Console) -> None:
    """Print each check with its outcome, and what they amount to."""
    for name, label in _CHECKS.items():
        check: Check = getattr(checks, name)
        sign, words = _STATUSES[check.status]
        console.print(f"{sign} {label}: {words}")
    console.print(_LEVELS[checks.level])


def level_words(level: str | None) -> str:
    """Return what the checks amount to, without colors."""
    return Text.from_markup(_LEVELS[level]).plain


def plain(text: str) -> str:
    """Return a text of a card as it may stand in rich's markup: nothing of it steers console or terminal."""
    return escape(printable(text))


def _holder(reading: CardReading) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    rows = [
        ("Số định danh · ID number", reading.id_number),
        ("Ngày sinh · born", _as_printed(reading.birth_date)),
        ("Giới tính · sex", _SEXES[reading.sex]),
        ("Quốc tịch · nationality", reading.nationality),
        ("Nơi thường trú · residence", reading.dg13.get("residence", "")),
        ("Có giá trị đến · valid until", _as_printed(reading.expiry_date or "không thời hạn · no expiry")),
        ("Số thẻ trong chip · document", reading.document_number),
    ]
    for label, value in rows:
        if value:
            table.add_row(label, plain(value))
    return table


def _as_printed(day: str) -> str:
    """Return an ISO date, whole or partial, as Vietnamese documents print it."""
    return "/".join(reversed(day.split("-"))) if day[:4].isdigit() else day
