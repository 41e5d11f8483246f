"""Our metadata, our table of codes and our verdicts against HL7's own R4 definitions and examples.

Skipped where the npm package is neither at hand nor to be fetched.
"""

import csv
from collections.abc import Iterator

import pytest

from bhyt.validation import RESOURCE_TYPES, problems
from bhyt.validation.codes import TABLE, required_codes
from bhyt.validation.elements import elements_of
from tests.integration.validation.official_r4 import Definitions, PackageUnavailable, package

# HL7's own example names an Encounter where R4 wants a person or an organization.
WRONG_EXAMPLES = {"Observation-clinical-gender.json": {"fhir.reference-wrong-type"}}
# Bundles of all of R4's definitions: 12 to 35 MB.
LARGE_EXAMPLES = {
    "Bundle-dataelements.json",
    "Bundle-resources.json",
    "Bundle-valueset-expansions.json",
}


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    try:
        return Definitions(package(tmp_path_factory.mktemp("r4")))
    except PackageUnavailable as reason:
        pytest.skip(str(reason))


def test_the_table_of_required_codes_is_what_hl7_published(official: Definitions) -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        committed = [tuple(row) for row in csv.reader(file)][1:]
    assert committed == sorted(set(official.required_codes()))


def test_every_required_code_belongs_to_an_element_that_is_checked() -> None:
    for type_name, element in required_codes():
        if type_name:
            assert elements_of(type_name)[element].type == "code"


def test_the_elements_read_from_r4b_are_those_of_r4(official: Definitions) -> None:
    theirs = {each for name in official.used_types() for each in _official_elements(official, name)}
    ours = {
        (owner, each.name, each.type, each.many, each.required, each.targets)
        for name in official.used_types()
        for owner in _owners(official, name)
        for each in elements_of(owner).values()
    }
    assert ours - theirs == set()
    assert theirs - ours == set()


@pytest.mark.parametrize("resource_type", RESOURCE_TYPES)
def test_no_official_example_is_refused_but_the_one_that_is_wrong(
    official: Definitions, resource_type: str
) -> None:
    checked = 0
    for name, data in official.examples(resource_type):
        found = {problem.code for problem in problems(data)}
        expected = {"fhir.too-large"} if name in LARGE_EXAMPLES else WRONG_EXAMPLES.get(name, set())
        assert found == expected, name
        checked += 1
    assert checked


def _owners(official: Definitions, type_name: str) -> Iterator[str]:
    """Yield the type and its backbone types by our names (`ClaimItemDetail`)."""
    paths = [element["path"] for element in official.snapshot(type_name)]
    yield type_name
    for path in paths:
        if any(other.startswith(f"{path}.") for other in paths) and "." in path:
            yield _type_of_path(path)


def _official_elements(
    official: Definitions, type_name: str
) -> Iterator[tuple[str, str, str, bool, bool, frozenset[str]]]:
    for element in official.snapshot(type_name)[1:]:
        path, kinds = element["path"], element.get("type", [])
        if element["max"] == "0":
            continue
        owner, _, last = path.rpartition(".")
        base = last.removesuffix("[x]")
        many = element["max"] == "*"
        if "contentReference" in element:
            target = _type_of_path(element["contentReference"].removeprefix("#"))
            yield _type_of_path(owner), base, target, many, element["min"] > 0, frozenset()
        for kind in kinds:
            code = _fhir_type(kind, path, type_name)
            name = base + code[0].upper() + code[1:] if last.endswith("[x]") else base
            targets = frozenset(url.rsplit("/", 1)[1] for url in kind.get("targetProfile", ())) - {"Resource"}
            yield _type_of_path(owner), name, code, many, element["min"] > 0, targets


def _fhir_type(kind: dict[str, object], path: str, type_name: str) -> str:
    code = str(kind["code"])
    if code in {"BackboneElement", "Element"}:
        return _type_of_path(path)
    if code.startswith("http://hl7.org/fhirpath/"):
        # Ids and Extension.url are not FHIR primitives in R4's definitions.
        resource_id = path == f"{type_name}.id" and type_name in RESOURCE_TYPES
        return "uri" if path == "Extension.url" else "id" if resource_id else "string"
    return code


def _type_of_path(path: str) -> str:
    return "".join(part[0].upper() + part[1:] for part in path.split("."))
