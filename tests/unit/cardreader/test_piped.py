"""Lines from another program: cut, bounded, and made into keys."""

import os

import pytest

from cardreader.commands.options import key_of_line
from cardreader.commands.piped import MAX_LINE_BYTES, cut, lines_of
from cardreader.errors import InputUnusable, NumberInvalid, QrInvalid

QR = "033300000001|145000001|NGUYỄN THỊ MẪU THỬ|12041995|Nữ|Xã Mẫu Một, Hưng Yên|15062021"


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        pytest.param([b"one\ntwo\n"], ["one", "two"], id="two at once"),
        pytest.param([b"o", b"ne\nt", b"wo\n"], ["one", "two"], id="in pieces"),
        pytest.param([b"one\r\n\n  \ntwo"], ["one", "two"], id="blank lines, carriage returns, no end"),
        pytest.param(["Mẫu".encode()[:2], "Mẫu".encode()[2:] + b"\n"], ["Mẫu"], id="cut within a letter"),
        pytest.param([b"\xff\n"], ["\ufffd"], id="not UTF-8"),
        pytest.param([b"x" * MAX_LINE_BYTES + b"\n"], ["x" * MAX_LINE_BYTES], id="the longest"),
        pytest.param([b"x" * MAX_LINE_BYTES, b"x\none\n"], ["\ufffd", "one"], id="one byte too long"),
        pytest.param([b"x" * 4096] * 100 + [b"\none\n"], ["\ufffd", "one"], id="far too long"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_bytes_become_lines_of_bounded_length(chunks: list[bytes], lines: list[str]) -> None:
    assert list(cut(iter(chunks))) == lines


def test_lines_arrive_as_they_are_written_and_end_with_the_pipe() -> None:
    reading, writing = os.pipe()
    arrived = lines_of(reading)
    os.write(writing, b"one\n")
    assert arrived.get(timeout=5) == "one"
    os.write(writing, b"two")
    os.close(writing)
    assert arrived.get(timeout=5) == "two"
    os.close(reading)


def test_a_line_is_a_number_an_access_number_or_the_text_of_a_code() -> None:
    number, can, code = (key_of_line(line) for line in ("033300000001\n", " 000001 ", QR))
    assert (number.access.can, number.access.zones, number.expected_id) == ("000001", (), "033300000001")
    assert (can.access.can, can.access.zones, can.expected_id) == ("000001", (), None)
    assert (code.access.can, len(code.access.zones), code.expected_id) == ("000001", 2, "033300000001")


@pytest.mark.parametrize(
    ("line", "error"),
    [("", NumberInvalid), ("\ufffd", NumberInvalid), ("12345", NumberInvalid), ("a|b", QrInvalid)],
    ids=["empty", "unreadable", "too short", "another code"],
)
def test_any_other_line_is_refused(line: str, error: type[InputUnusable]) -> None:
    with pytest.raises(error):
        key_of_line(line)


def test_a_key_is_not_printed() -> None:
    assert "000001" not in repr(key_of_line(QR))
