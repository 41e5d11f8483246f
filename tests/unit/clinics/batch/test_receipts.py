"""A gateway's receipts, read as rows."""

import pytest

from clinics.batch.receipts import finding_of, rows_of, told_of_sheets
from failures import all_failures


def test_what_the_gateway_refused_is_refused_whatever_else_its_receipt_says() -> None:
    said = {
        "number": 3,
        "kind": "claim",
        "key": "A",
        "generation": "3176",
        "outcome": "accepted",
        "result": "refused",
        "code": "record.month-closed",
    }
    (row,) = rows_of([said])
    assert (row.outcome, row.result, row.generation) == ("refused", "refused", "3176")
    assert [finding.code for finding in row.findings] == ["record.month-closed"]


@pytest.mark.parametrize(
    "said",
    [{}, {"outcome": 7, "result": []}, {"number": "1", "findings": None}, {"findings": [{}]}],
)
def test_a_receipt_with_nothing_in_it_is_refused_and_never_accepted(said: dict[str, object]) -> None:
    (row,) = rows_of([said])
    assert row.outcome == "refused"


def test_a_code_that_this_program_does_not_know_has_words_all_the_same() -> None:
    finding = finding_of({"rule": "BHYT-R-999", "code": "claim.new-rule", "severity": "warning"})
    assert (finding.rule, finding.code, finding.severity) == ("BHYT-R-999", "gateway.unknown-code", "warning")
    assert finding.code in all_failures()
    assert finding.to_json()["message_vi"]


@pytest.mark.parametrize(
    ("name", "told"),
    [("sinh.CSV", True), ("sinh.xlsx", True), ("thang-07.xml", False), ("a.ndjson", False), ("None", False)],
)
def test_only_of_a_sheet_is_told_that_rows_may_have_stayed_behind(name: str, told: bool) -> None:
    assert bool(told_of_sheets(name)) == told
