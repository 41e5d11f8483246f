"""Rows, their counts and the exit status."""

import pytest

from clinics.batch.rows import Counts, Finding, Row, finding_of_receipt, worst
from clinics.batch.upload import rows_of
from failures import all_failures


def _row(outcome: str) -> Row:
    return Row(number=1, kind="claim", key="A", outcome=outcome)  # type: ignore[arg-type] # a table of words


@pytest.mark.parametrize(
    ("outcomes", "unreadable", "status"),
    [
        ((), 0, 0),
        (("accepted", "accepted-with-warnings"), 0, 0),
        (("accepted", "refused"), 0, 5),
        (("refused", "pending"), 0, 5),
        (("accepted", "pending"), 0, 4),
        (("refused",), 1, 2),
        ((), 1, 2),
    ],
)
def test_the_exit_status_tells_the_worst_of_a_run(
    outcomes: tuple[str, ...], unreadable: int, status: int
) -> None:
    counts = Counts(unreadable=unreadable)
    for outcome in outcomes:
        counts.add(_row(outcome))
    assert counts.exit_code == status


def test_what_the_gateway_refused_is_refused_whatever_else_its_receipt_says() -> None:
    (row,) = rows_of(
        iter(
            [
                {
                    "number": 3,
                    "kind": "claim",
                    "key": "A",
                    "outcome": "accepted",
                    "result": "refused",
                    "code": "record.month-closed",
                }
            ]
        )
    )
    assert (row.outcome, row.result) == ("refused", "refused")
    assert [finding.code for finding in row.findings] == ["record.month-closed"]


@pytest.mark.parametrize(
    "said",
    [{}, {"outcome": 7, "result": []}, {"number": "1", "findings": None}, {"findings": [{}]}],
)
def test_a_receipt_with_nothing_in_it_is_refused_and_never_accepted(said: dict[str, object]) -> None:
    (row,) = rows_of(iter([said]))
    assert row.outcome == "refused"


def test_a_code_that_this_program_does_not_know_has_words_all_the_same() -> None:
    finding = finding_of_receipt({"rule": "BHYT-R-999", "code": "claim.new-rule", "severity": "warning"})
    assert (finding.rule, finding.code, finding.severity) == ("BHYT-R-999", "gateway.unknown-code", "warning")
    assert finding.code in all_failures()
    assert finding.to_json()["message_vi"]


def test_the_worst_finding_decides() -> None:
    def finding(severity: str) -> Finding:
        return Finding("r", "claim.total", severity, None, None, None, None, None)  # type: ignore[arg-type]

    assert worst([]) == "accepted"
    assert worst([finding("warning")]) == "accepted-with-warnings"
    assert worst([finding("warning"), finding("error")]) == "refused"
