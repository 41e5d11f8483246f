"""Odd parts of a portal's answer: what no header, database or screen can hold never comes in."""

from typing import Any

import pytest

from gateway.upstream import answers
from gateway.upstream.errors import PortalNonsense


def token_answer(**changes: Any) -> dict[str, Any]:
    said = {"access_token": "a-1", "id_token": "i-1", "expires_in": "2026-07-15T09:00:00"}
    return {"maKetQua": "200", "APIKey": said | changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"access_token": "mã"},
        {"id_token": "\ud800"},
        {"access_token": "a\r\nX: y"},
        {"access_token": "a\x00b"},
        {"expires_in": "0001-01-01T00:00:00"},
        {"expires_in": "1999-12-31T23:59:59"},
        {"expires_in": "\ud800"},
    ],
    ids=["accent", "half a pair", "line", "zero", "year 1", "last century", "no moment"],
)
def test_a_token_that_could_not_be_used_is_nonsense(changes: dict[str, str]) -> None:
    with pytest.raises(PortalNonsense):
        answers.read_token(token_answer(**changes))


def test_a_token_that_seems_to_live_for_ever_is_a_token() -> None:
    """How long it is used is the client's to say."""
    assert answers.read_token(token_answer(expires_in="9999-12-31T23:59:59-14:00")).access == "a-1"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("\ud800", "�"),
        ("a\x00b", "a�b"),
        ("Thẻ\r\n\thết hạn ", "Thẻ   hết hạn"),
        ("\u00a0x", "x"),
    ],
)
def test_text_comes_in_printable_and_a_receipt_stays_a_receipt(sent: str, kept: str) -> None:
    received = answers.read_received({"maKetQua": "200", "maGiaoDich": sent, "thongDiep": sent})
    assert (received.code, received.transaction, received.note) == ("200", kept, kept)


@pytest.mark.parametrize("said", ["1e999999999", "1e-999999999", "NaN", "-Infinity", 1e300, True, "một", [1]])
def test_a_sum_that_cannot_be_an_amount_is_nonsense(said: object) -> None:
    rows = [{"tBNCCTLuyKe": "52000"}, {"tBNCCTLuyKe": said}]
    with pytest.raises(PortalNonsense):
        answers.read_copayments({"maKetQua": "200", "DataCCT": rows})


def test_the_largest_sum_is_told_as_it_was_sent() -> None:
    rows = [{"tBNCCTLuyKe": "52000.50"}, {"tBNCCTLuyKe": 1000}, {"tBNCCTLuyKe": " 51000 "}]
    assert str(answers.read_copayments({"maKetQua": "200", "DataCCT": rows}).total) == "52000.50"
