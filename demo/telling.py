"""How the story looks in a terminal: chapters in two languages, a few labeled lines each."""

from rich.console import Console
from rich.text import Text

from failures import failure

LABEL_WIDTH = 12


class Teller:
    """Prints the story; what the clerk would see is Vietnamese first."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def title(self, text: str) -> None:
        """Print the opening line."""
        self._console.print(Text(text, style="bold"), soft_wrap=True)

    def chapter(self, number: int, vi: str, en: str) -> None:
        """Begin a chapter."""
        self._console.print()
        words = Text.assemble((f"{number}. {vi}", "bold cyan"), (f" · {en}", "cyan"))
        self._console.print(words, soft_wrap=True)

    def line(self, label: str, text: str, style: str = "") -> None:
        """Print one fact of the story."""
        words = Text.assemble((f"   {label:<{LABEL_WIDTH}}", "dim"), (text, style))
        self._console.print(words, soft_wrap=True)

    def good(self, label: str, text: str) -> None:
        """Print a fact that the story is glad of."""
        self.line(label, f"✓ {text}", "green")

    def refused(self, label: str, code: str) -> None:
        """Print a refusal as the clerk sees it: what happened and what to do, in both languages."""
        words = failure(code)
        self.line(label, f"✗ {words.message.vi} [{code}]", "red")
        self.line("", f"→ {words.remedy.vi}")
        self.line("", f"  {words.message.en} → {words.remedy.en}", "dim")
