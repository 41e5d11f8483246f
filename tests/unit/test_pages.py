"""The pages lead where they say: every file that they name or link to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md")] + sorted(
    ROOT.glob("docs/*.md")
)
NAMED = re.compile(r"`([\w.-]+/[\w./-]+\.(?:py|csv|md|toml|json|sh))`")
LINKED = re.compile(r"\]\(([^)#:]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_or_links_to_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {name: ROOT / name for name in NAMED.findall(text)}
    linked = {link: page.parent / link for link in LINKED.findall(text)}
    assert [name for name, path in (named | linked).items() if not path.exists()] == []
