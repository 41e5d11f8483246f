"""One small valid resource of each type that is validated, all invented, from `valid.json` beside."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

BASE = "https://tiepdon.example/fhir"
_FILE = Path(__file__).with_name("valid.json")


def valid(resource_type: str) -> dict[str, Any]:
    """Return a fresh valid resource of this type, its decimals exact."""
    resources: list[dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"), parse_float=Decimal)
    return next(each for each in resources if each["resourceType"] == resource_type)


def changed(resource_type: str, change: dict[str, Any]) -> dict[str, Any]:
    """Return the valid resource with the members at some dotted paths changed.

    A path that starts with `-` takes the member away; any other replaces or adds it.
    """
    resource = valid(resource_type)
    for path, value in change.items():
        *parents, last = path.removeprefix("-").split(".")
        node: Any = resource
        for step in parents:
            node = node[int(step)] if isinstance(node, list) else node[step]
        key: Any = int(last) if isinstance(node, list) else last
        if path.startswith("-"):
            del node[key]
        else:
            node[key] = value
    return resource
