"""The codes that R4's required bindings allow, from a committed table.

`required_codes.csv` is written by `tests/integration/validation/official_r4.py`
from HL7's own definitions (CC0) and compared with them in a test. Value sets
that cannot be listed (media types, currencies) stand there without codes.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

TABLE: Final = Path(__file__).with_name("required_codes.csv")


@cache
def required_codes() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return the allowed codes by (type, element), e.g. ("ClaimItemDetail", "category"); never empty."""
    found = {
        _key(row["path"]): tuple(row["codes"].split())
        for row in csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines())
        if row["codes"]
    }
    return MappingProxyType(found)


@cache
def resource_types() -> frozenset[str]:
    """Return the names of all of R4's resource types."""
    return frozenset(required_codes()["", "resourceType"])


def _key(path: str) -> tuple[str, str]:
    """Return the owning type and the element: `Bundle.entry.search.mode` is BundleEntrySearch's `mode`."""
    *owner, element = path.split(".")
    return "".join(part[0].upper() + part[1:] for part in owner), element
