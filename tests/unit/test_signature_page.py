"""docs/signatures.md says every status and every reason that the code can answer, and no other."""

import re
from pathlib import Path
from typing import get_args

from bhyt.national.signature_signers import Status
from bhyt.national.signature_table import COLUMNS
from failures import all_failures

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "signatures.md").read_text(encoding="utf-8")
SOURCES = "".join(
    path.read_text(encoding="utf-8") for path in sorted((ROOT / "fhir/bhyt/national").glob("signature*.py"))
)


def first_cells(heading: str) -> set[str]:
    table = PAGE.split(f"| {heading} |")[1].split("\n\n")[0]
    return {
        name for row in table.splitlines()[2:] for name in re.findall(r"`([a-z0-9-]+)`", row.split("|")[1])
    }


def test_every_status_is_on_the_page_with_its_finding() -> None:
    assert first_cells("status") == {word for part in get_args(Status) for word in get_args(part) or (part,)}
    for code in re.findall(r"`(signature\.[a-z-]+)`", PAGE):
        assert code in all_failures()


def test_every_reason_is_on_the_page() -> None:
    for name in ("Broken", "Unsupported"):
        raised = set(re.findall(rf'Signature{name}\("([a-z0-9-]+)"\)', SOURCES))
        assert first_cells(f"reason of `{name.lower()}`") == raised


def test_the_example_table_has_the_columns_of_the_code() -> None:
    assert ",".join(COLUMNS) in PAGE
