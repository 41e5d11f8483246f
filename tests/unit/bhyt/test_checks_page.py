"""Every code that the checks note is described, has words and stands in the table of rules."""

import re
from pathlib import Path

import pytest

import bhyt.checks
from bhyt.tables.rules import rule_of
from failures import all_failures

ROOT = Path(__file__).parents[3]
SOURCES = sorted(Path(bhyt.checks.__file__).parent.glob("*.py"))
CODE = re.compile(r'"((?:claim|record|document|birth|death)\.[a-z-]+)"')
CODES = sorted({code for source in SOURCES for code in CODE.findall(source.read_text(encoding="utf-8"))})
PAGE = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?:(R-\d{3}) \| )?`([a-z.-]+)` \|", PAGE, re.MULTILINE)


def test_the_page_lists_the_codes_that_are_noted() -> None:
    assert sorted({code for _, code in ROWS}) == CODES


@pytest.mark.parametrize(("rule", "code"), ROWS)
def test_a_code_stands_for_the_rule_that_the_page_names(rule: str, code: str) -> None:
    assert rule_of(code) == (f"BHYT-{rule}" if rule else code)
    assert code in all_failures()
