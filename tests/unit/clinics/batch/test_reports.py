"""A JSON report of however many findings: bounded, and every one counted."""

import json
from collections import Counter
from io import StringIO

import pytest

from clinics.batch import reports
from clinics.batch.reports import JsonReport
from clinics.batch.rows import Counts, FileSaid, Finding, Row

WARNING = Finding("r", "record.too-long", "warning", "XML1", 1, "HO_TEN", "x", None)
ERROR = Finding("r", "claim.total", "error", "XML1", 1, "T_BHTT", "1", "2")
MORE = Finding("r", "record.too-many-problems", "error", None, None, None, "1000000", None)


def test_findings_beyond_the_limit_of_a_file_are_told_by_code_and_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reports, "MAX_JSON_FINDINGS", 3)
    out, counts = StringIO(), Counts()
    report = JsonReport(out)
    for name in ("a.xml", "b.xml"):
        report.file(FileSaid(file=name))
        for number in (1, 2):
            report.row(_row(number, WARNING, WARNING))
    report.close(counts)
    for file in json.loads(out.getvalue())["files"]:
        first, second = file["rows"]
        assert (len(first["findings"]), "left_out" in first) == (2, False)
        assert (second["findings"], second["left_out"]) == ([], {"record.too-long": 2})


def test_errors_and_warnings_are_counted_with_those_that_are_not_listed() -> None:
    counts = Counts()
    counts.add(_row(1, ERROR, WARNING))
    counts.add(_row(2, ERROR, ERROR, MORE, WARNING))
    counts.add_file(FileSaid(file="a.xml", findings=(WARNING,)))
    assert counts.findings == Counter({"error": 1_000_001, "warning": 3})
    assert {"errors": 1_000_001, "warnings": 3}.items() <= counts.to_json().items()


def _row(number: int, *findings: Finding) -> Row:
    return Row(number=number, kind="claim", key="A", outcome="refused", findings=findings)
