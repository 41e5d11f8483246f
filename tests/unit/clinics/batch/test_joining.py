"""Receipts joined with what only the run knows of each record."""

from collections.abc import Iterator
from typing import Any

from clinics.batch.joining import Receipts, joined
from clinics.batch.rows import Finding, Row
from clinics.errors import GatewayDown

AGAIN = Finding("BHYT-R-308", "record.same-again", "warning", "XML1", 1, "MA_LK", "A", None, "a.xml #1")


def _row(number: int, key: str, **said: Any) -> Row:
    return Row(**{"number": number, "kind": "claim", "key": key, "outcome": "accepted", **said})


def _receipt(number: int, key: str, **said: Any) -> dict[str, Any]:
    receipt = {"number": number, "kind": "claim", "key": key, "outcome": "accepted", "result": "stored"}
    return receipt | said


def _ends(rows: Iterator[Row]) -> list[tuple[str | None, str, str | None]]:
    return [(row.key, row.outcome, row.result) for row in rows]


def test_what_the_gateway_cannot_know_stays_in_the_row_of_a_record() -> None:
    own = _row(1, "A", generation="1931", findings=(AGAIN,), outcome="accepted-with-warnings")
    (row,) = joined([own], Receipts([_receipt(1, "A", result="already-stored")], ended=True))
    assert (row.outcome, row.result) == ("accepted-with-warnings", "already-stored")
    assert (row.findings, row.generation) == ((AGAIN,), "1931")


def test_a_fault_that_both_sides_found_is_told_once_and_with_our_place() -> None:
    ours = Finding("r", "record.too-long", "warning", "Sheet1", 12, "Họ tên", "x", None)
    theirs = {"rule": "r", "code": "record.too-long", "severity": "warning", "table": "GIAYBAOTU"}
    receipt = _receipt(1, "A", result="refused", code="record.month-closed", findings=[theirs])
    (row,) = joined([_row(1, "A", findings=(ours,))], Receipts([receipt], ended=True))
    assert [(one.code, one.table) for one in row.findings] == [
        ("record.month-closed", None),
        ("record.too-long", "Sheet1"),
    ]
    assert row.outcome == "refused"


def test_a_row_that_never_travelled_stays_where_it_stands_among_the_others() -> None:
    rows = [_row(1, "A"), _row(0, "B", outcome="refused"), _row(2, "C")]
    found = joined(rows, Receipts([_receipt(1, "A"), _receipt(2, "C")], ended=True))
    assert _ends(found) == [("A", "accepted", "stored"), ("B", "refused", None), ("C", "accepted", "stored")]


def test_records_without_a_receipt_are_pending_when_the_gateway_goes_away() -> None:
    def cut_short() -> Iterator[dict[str, Any]]:
        yield _receipt(1, "A")
        yield _receipt(2, "B")
        raise GatewayDown("no connection")

    receipts = Receipts(cut_short(), ended=True)
    rows = [_row(1, "A"), _row(2, "B"), _row(2, "B-1", kind="birth"), _row(3, "C")]
    assert _ends(joined(rows, receipts)) == [
        ("A", "accepted", "stored"),
        ("B", "accepted", "stored"),
        ("B-1", "pending", None),
        ("C", "pending", None),
    ]
    assert receipts.stopped == "gateway.down"


def test_the_gateway_has_the_last_word_about_what_an_element_holds() -> None:
    unreadable = {"number": 1, "result": "refused", "code": "batch.chunk-unreadable"}
    rows = [_row(1, "A"), _row(1, "A-1", kind="birth")]
    assert _ends(joined(rows, Receipts([unreadable], ended=True))) == [(None, "refused", "refused")]


def test_what_was_sent_and_not_worked_off_is_told_from_what_never_left() -> None:
    (sent,) = joined([_row(1, "A")], Receipts((), ended=False))
    (kept,) = joined([_row(1, "A")], Receipts((), ended=False, sent=False))
    assert (sent.end, sent.outcome, kept.end) == ("sent", "pending", "pending")
