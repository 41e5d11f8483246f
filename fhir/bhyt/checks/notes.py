"""A finding at one field of one row."""

from bhyt.problems import Findings
from bhyt.records.row import Row


def note(
    findings: Findings,
    code: str,
    row: Row,
    name: str,
    *,
    value: str | None = None,
    expected: str | None = None,
    hard: bool = True,
) -> None:
    """Note a fault of the field `name`: an error if `hard`, else a warning.

    `value` is what stands there if it is not the field's own text.
    """
    findings.add(
        code,
        severity="error" if hard else "warning",
        table=row.table,
        line=row.line,
        name=name,
        value=row.text(name) if value is None else value,
        expected=expected,
    )
