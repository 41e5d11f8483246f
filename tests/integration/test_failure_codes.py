"""Every failure code in the sources is in the one table, and the table has no other."""

import ast
import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from failures import all_failures

ROOT = Path(__file__).parents[2]
ROOMS = ("cardreader", "fhir/bhyt", "clinics", "gateway")
CODE = re.compile(r"[a-z0-9]+(\.[a-z0-9-]+)+")


def test_every_code_that_an_error_class_carries_is_in_the_table_with_the_same_answer_on_retrying() -> None:
    for path, class_name, attributes in _error_classes():
        code = attributes["code"]
        where = f"{path}: {class_name}"
        assert code in all_failures(), where
        if "retry" in attributes:
            assert attributes["retry"] == all_failures()[str(code)].retry, where


def test_every_code_that_is_written_anywhere_is_in_the_table() -> None:
    rooms = {code.split(".")[0] for code in all_failures()}
    strays = {
        text
        for text in _string_literals()
        if CODE.fullmatch(text) and text.split(".")[0] in rooms and text.count(".") == 1
    } - all_failures().keys()
    assert strays == set()


def test_no_code_in_the_table_is_one_that_nothing_can_answer() -> None:
    assert all_failures().keys() - set(_string_literals()) - _reasons_of_the_portal() == set()


def _reasons_of_the_portal() -> set[str]:
    """The codes that the national portal's results lead to stand in a table, not in the text."""
    with (ROOT / "gateway" / "upstream" / "results.csv").open(encoding="utf-8", newline="") as file:
        return {row["says"] for row in csv.DictReader(file)}


@cache
def _sources() -> list[tuple[Path, ast.Module]]:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def _error_classes() -> Iterator[tuple[Path, str, dict[str, object]]]:
    for path, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                attributes = dict(_constants(node))
                if isinstance(attributes.get("code"), str):
                    yield path, node.name, attributes


def _constants(node: ast.ClassDef) -> Iterator[tuple[str, object]]:
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=value)):
                yield name, value


def _string_literals() -> Iterator[str]:
    for _, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
