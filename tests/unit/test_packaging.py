"""The import names of the house, and the name `fhir` that two distributions share."""

import importlib

import pytest


@pytest.mark.parametrize(
    "name", ["failures", "cardreader", "bhyt", "clinics", "gateway", "fhir.resources.R4B"]
)
def test_every_room_and_the_fhir_classes_import_side_by_side(name: str) -> None:
    assert importlib.import_module(name).__name__ == name
