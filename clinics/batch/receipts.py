"""A gateway's receipts as rows: what it says of a record, with nothing taken for accepted by guessing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast, get_args

from bhyt.problems import Problem
from clinics.batch.rows import Finding, Outcome, Result, Row
from clinics.errors import GatewayNonsense
from failures import all_failures

UNKNOWN_CODE = "gateway.unknown-code"
"""How a code is told for which this program has no words."""


_SHEETS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")


def told_of_sheets(file_name: str) -> tuple[Finding, ...]:
    """Return what must be said above the receipts of a sheet: rows that did not travel have none.

    By its name alone: the gateway knows the national document that was made of it, and not how many
    rows stayed behind.
    """
    if not file_name.casefold().endswith(_SHEETS):
        return ()
    return (Finding.of(Problem(code="batch.rows-not-sent", severity="warning", dossier=0)),)


def rows_of(receipts: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield each receipt as a row. Raises GatewayNonsense: it is none."""
    for said in receipts:
        try:
            yield _row(said)
        except (TypeError, ValueError, AttributeError) as fault:
            raise GatewayNonsense("the answer holds no receipt") from fault


def finding_of(said: Mapping[str, Any]) -> Finding:
    """Return one finding of a receipt."""
    code = str(said.get("code") or said.get("rule") or "")
    return Finding(
        rule=str(said.get("rule") or code),
        code=code if code in all_failures() else UNKNOWN_CODE,
        severity="warning" if said.get("severity") == "warning" else "error",
        table=_text(said.get("table")),
        line=said["line"] if isinstance(said.get("line"), int) else None,
        field=_text(said.get("field")),
        value=_text(said.get("value")),
        expected=_text(said.get("expected")),
    )


def _row(said: Mapping[str, Any]) -> Row:
    result, code = said.get("result"), said.get("code")
    findings = [finding_of(one) for one in said.get("findings") or ()]
    if code and all(code not in {finding.code, finding.rule} for finding in findings):
        findings.append(finding_of({"code": code}))
    return Row(
        number=int(said.get("number") or 0),
        kind=_text(said.get("kind")),
        key=_text(said.get("key")),
        generation=_text(said.get("generation")),
        outcome=_outcome(said.get("outcome"), result),
        findings=tuple(findings),
        result=cast("Result", result) if result in get_args(Result) else None,
        location=_text(said.get("location")),
    )


def _outcome(said: object, result: object) -> Outcome:
    """Return the outcome of a receipt; what the gateway refused is refused, whatever else it says."""
    if result == "refused" or said not in {"accepted", "accepted-with-warnings"}:
        return "refused"
    return "accepted" if said == "accepted" else "accepted-with-warnings"


def _text(value: object) -> str | None:
    return None if value is None else str(value)
