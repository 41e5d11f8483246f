"""The words of the tables and reports of `batch`, Vietnamese first: ends, kinds, and what was expected."""

from collections.abc import Mapping
from typing import NamedTuple

from cardreader.printable import printable
from clinics.batch.rows import Finding


class Word(NamedTuple):
    """One word in both languages, and its color on a terminal."""

    vi: str
    en: str
    style: str = ""

    def __str__(self) -> str:
        return f"{self.vi} / {self.en}"


ENDS: Mapping[str, Word] = {
    "refused": Word("bị từ chối", "refused", "red"),
    "pending": Word("chờ gửi", "waiting to be sent", "yellow"),
    "sent": Word("đã gửi, chờ cổng xử lý", "sent, waiting for the gateway", "yellow"),
    "accepted-with-warnings": Word("hợp lệ · có cảnh báo", "valid, with warnings", "yellow"),
    "accepted": Word("hợp lệ", "valid", "green"),
    "stored-with-warnings": Word("đã lưu · có cảnh báo", "stored, with warnings", "yellow"),
    "stored": Word("đã lưu", "stored", "green"),
    "corrected-with-warnings": Word("đã thay bản cũ · có cảnh báo", "corrected, with warnings", "yellow"),
    "corrected": Word("đã thay bản cũ", "corrected", "green"),
    "already-stored-with-warnings": Word(
        "đã có từ trước · có cảnh báo", "already stored, with warnings", "yellow"
    ),
    "already-stored": Word("đã có từ trước", "already stored", "cyan"),
}
"""How a record can end (`Row.end`), those first that need a person most."""

FAULTS: Mapping[str, Word] = {
    "files-unreadable": Word("tệp bị từ chối", "files refused", "red"),
    "errors": Word("lỗi", "errors", "red"),
    "warnings": Word("cảnh báo", "warnings", "yellow"),
}

_KINDS: Mapping[str, Word] = {
    "birth": Word("chứng sinh", "birth"),
    "death": Word("giấy báo tử", "death"),
    "claim": Word("hồ sơ KCB", "claim"),
    "check-in": Word("vào khám", "check-in"),
}

_EXPECTED: Mapping[str, Word] = {
    "example": Word("ví dụ", "e.g."),
    "allowed": Word("được phép", "allowed"),
    "paper": Word("cần kèm", "needs"),
    "other": Word("nơi kia ghi", "elsewhere"),
}


def kind_in_words(kind: str | None) -> str | None:
    """Return what a record is; a kind that has no words here is told as it is."""
    return str(_KINDS.get(kind, kind)) if kind else None


def right_value(finding: Finding) -> str | None:
    """Return the value that belongs in the place of the wrong one, None unless it is known."""
    return finding.expected if finding.expected_is == "value" else None


def hint(finding: Finding) -> str | None:
    """Return what else there is to say of what was expected, an example for one; it is no right value."""
    if finding.expected is None or finding.expected_is == "value":
        return None
    return f"{_EXPECTED[finding.expected_is or 'allowed']}: {printable(finding.expected)}"


def counted(counts: Mapping[str, int]) -> str:
    """Return the numbers of ends or faults in words, in the order of the tables, without those that are 0."""
    words = {**ENDS, **FAULTS}
    return ", ".join(f"{counts[name]} {word}" for name, word in words.items() if counts.get(name))
