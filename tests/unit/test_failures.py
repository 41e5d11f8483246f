"""The one table of failures: complete in both languages, ordered, and held by the code."""

import re

from failures import all_failures


def test_every_failure_says_what_happened_and_what_to_do_in_both_languages() -> None:
    for code, failure in all_failures().items():
        assert re.fullmatch(r"[a-z0-9]+(\.[a-z0-9-]+)+", code), code
        for text in (failure.message, failure.remedy):
            assert text.vi, code
            assert text.en, code
