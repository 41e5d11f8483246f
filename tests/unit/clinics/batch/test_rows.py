"""Rows, their counts and the exit status."""

import pytest

from clinics.batch.rows import Counts, FileSaid, Finding, Row, worst


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


def test_the_worst_finding_decides() -> None:
    def finding(severity: str) -> Finding:
        return Finding("r", "claim.total", severity, None, None, None, None, None)  # type: ignore[arg-type]

    assert worst([]) == "accepted"
    assert worst([finding("warning")]) == "accepted-with-warnings"
    assert worst([finding("warning"), finding("error")]) == "refused"


def test_a_file_that_is_refused_says_what_to_do() -> None:
    said = FileSaid(file="a.xml", code="file.doctype").to_json()["refused"]
    assert said["message_vi"] and said["remedy_en"]
