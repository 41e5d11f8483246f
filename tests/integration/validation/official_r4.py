"""HL7's own R4 definitions and examples, out of the npm package `hl7.fhir.r4.examples` 4.0.1 (CC0).

`python -m tests.integration.validation.official_r4` writes the table of
required codes anew. The package is looked for in TIEPDON_R4_PACKAGE (its
.tgz), else npm is asked for it; either way its SHA-512 must be the pinned one.
"""

import base64
import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bhyt.validation.codes import TABLE
from bhyt.validation.types import RESOURCE_TYPES

PACKAGE = "hl7.fhir.r4.examples@4.0.1"
SHA512 = "DXBdIZOeQaSKIgCU7w6HOC7sw/6BzylmipLkBW4f//pT+Bc94x+8LImwTdvaNThPJoOzpBzvxAzNqjeu3X/zLw=="
NOT_ENUMERABLE = {"mimetypes", "currencies"}


class PackageUnavailable(Exception):
    """The package is neither at hand nor to be had through npm."""


def package(folder: Path) -> Path:
    """Return the path of the verified package, fetched into `folder` unless one is given.

    Raises PackageUnavailable: npm is missing or cannot fetch it.
    """
    given = os.environ.get("TIEPDON_R4_PACKAGE")
    path = Path(given) if given else _download(folder)
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    if digest != SHA512:
        raise ValueError(f"{path} is not {PACKAGE} as published")
    return path


def _download(folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise PackageUnavailable("npm is not installed and TIEPDON_R4_PACKAGE is not set")
    try:
        command = [npm, "pack", "--silent", "--pack-destination", str(folder), PACKAGE]
        subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=folder)
    except (subprocess.SubprocessError, OSError) as error:
        raise PackageUnavailable(f"npm cannot fetch {PACKAGE}") from error
    return next(folder.glob("*.tgz"))


class Definitions:
    """Every JSON file of the package, by its name without folder."""

    def __init__(self, path: Path) -> None:
        with tarfile.open(path) as archive:
            self.files = {
                Path(member.name).name: content.read()
                for member in archive
                if member.name.endswith(".json") and (content := archive.extractfile(member)) is not None
            }

    def resource(self, name: str) -> dict[str, Any]:
        """Return the parsed file `name`.json."""
        parsed: dict[str, Any] = json.loads(self.files[f"{name}.json"])
        return parsed

    def examples(self, resource_type: str) -> Iterator[tuple[str, bytes]]:
        """Yield the name and bytes of every example of a type."""
        for name, content in self.files.items():
            if name.startswith(f"{resource_type}-"):
                yield name, content

    def snapshot(self, type_name: str) -> list[dict[str, Any]]:
        """Return the element definitions of a type."""
        elements: list[dict[str, Any]] = self.resource(f"StructureDefinition-{type_name}")["snapshot"][
            "element"
        ]
        return elements

    def resource_types(self) -> list[str]:
        """Return the names of all of R4's resources that can stand alone."""
        names = (name.removesuffix(".json") for name in self.files if name.startswith("StructureDefinition-"))
        found = [self.resource(name) for name in names]
        return sorted(
            each["type"]
            for each in found
            if each["kind"] == "resource"
            and each.get("derivation") == "specialization"
            and not each["abstract"]
        )

    def used_types(self) -> list[str]:
        """Return our resource types and every data type that they use, however deep."""
        todo = [*RESOURCE_TYPES, "Element", "BackboneElement"]
        seen: set[str] = set()
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                codes = {kind["code"] for each in self.snapshot(name) for kind in each.get("type", ())}
                todo += [code for code in codes if code[0].isupper() and code != "Resource"]
        return sorted(seen)

    def required_codes(self) -> Iterator[tuple[str, str, str]]:
        """Yield (path, value set, codes separated by spaces) of every required binding of the used types."""
        yield "resourceType", "resource-types", " ".join(self.resource_types())
        for type_name in self.used_types():
            for element in self.snapshot(type_name):
                binding = element.get("binding", {})
                if binding.get("strength") == "required":
                    value_set = binding["valueSet"].split("|")[0].rsplit("/", 1)[1]
                    codes = () if value_set in NOT_ENUMERABLE else self._codes_of(value_set)
                    yield element["path"], value_set, " ".join(codes)

    def _codes_of(self, value_set: str) -> list[str]:
        compose = self.resource(f"ValueSet-{value_set}")["compose"]
        codes: list[str] = []
        for include in compose["include"]:
            if "filter" in include or "valueSet" in include or "exclude" in compose:
                raise ValueError(f"value set {value_set} is not a plain list")
            concepts = include.get("concept") or self._system(include["system"])["concept"]
            codes += _flat(concepts)
        if any(" " in code for code in codes):
            raise ValueError(f"value set {value_set} has a code with a space, which the table cannot hold")
        return sorted(set(codes))

    def _system(self, url: str) -> dict[str, Any]:
        for name in self.files:
            if name.startswith("CodeSystem-") and (found := self.resource(name[:-5]))["url"] == url:
                return found
        raise KeyError(url)


def _flat(concepts: list[dict[str, Any]]) -> Iterator[str]:
    for concept in concepts:
        yield concept["code"]
        yield from _flat(concept.get("concept", []))


def main() -> None:
    """Write the table of required codes."""
    with tempfile.TemporaryDirectory() as folder:
        rows = sorted(set(Definitions(package(Path(folder))).required_codes()))
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("path", "value_set", "codes"))
        writer.writerows(rows)
    sys.stdout.write(f"{len(rows)} rows\n")


if __name__ == "__main__":
    main()
