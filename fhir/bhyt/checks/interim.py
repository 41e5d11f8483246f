"""What the checks need of the rooms that are being built beside them; goes as soon as they are there."""

from typing import Literal, Protocol

Generation = Literal["130", "4750", "3176", "1931"]
Severity = Literal["error", "warning"]


class Findings(Protocol):
    """Collects what is wrong with one record (bhyt.problems)."""

    def add(
        self,
        code: str,
        *,
        severity: Severity = "error",
        table: str | None = None,
        line: int | None = None,
        name: str | None = None,
        value: str | None = None,
        expected: str | None = None,
    ) -> None:
        """Note a fault at a place; `name` is the field."""
