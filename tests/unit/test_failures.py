"""The one table of failures: complete, in both languages, held equal to its page."""

import re
from pathlib import Path

from failures import all_failures
from failures.__main__ import document

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"[a-z0-9]+(\.[a-z0-9-]+)+")


def test_every_failure_says_what_happened_and_what_to_do_in_both_languages() -> None:
    for code, failure in all_failures().items():
        assert CODE.fullmatch(code), code
        for text in (failure.message, failure.remedy):
            assert text.vi, code
            assert text.en, code


def test_no_code_is_listed_twice() -> None:
    table = (ROOT / "failures" / "codes.csv").read_text(encoding="utf-8").splitlines()
    codes = [line.split(",", 1)[0] for line in table[1:]]
    assert sorted(codes) == sorted(set(codes))


def test_the_page_of_failure_codes_is_the_table() -> None:
    assert (ROOT / "docs" / "failure-codes.md").read_text(encoding="utf-8") == document()


def test_what_is_expected_is_said_of_codes_that_there_are() -> None:
    table = (ROOT / "failures" / "expected.csv").read_text(encoding="utf-8").splitlines()
    codes = [line.split(",")[0] for line in table[1:]]
    assert codes == sorted(set(codes))
    assert set(codes) <= set(all_failures())
