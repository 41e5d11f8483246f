"""A failure as every command of the house shows it on a terminal: Vietnamese first, English below it."""

from rich.console import Console
from rich.markup import escape

from failures import failure


def show_failure(code: str, console: Console) -> None:
    """Print what happened and what to do, in both languages, with the code for support."""
    message_vi, remedy_vi, message_en, remedy_en = map(escape, failure(code).lines())
    title, _, tag = message_vi.rpartition(" ")
    console.print(f"[bold red]{title}[/] [dim]{tag}[/]")
    console.print(remedy_vi)
    console.print(f"[dim]{message_en}[/]")
    console.print(f"[dim]{remedy_en}[/]")
