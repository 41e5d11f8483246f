"""FHIR NDJSON as a source: each line one record, read or refused by itself."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from clinics.batch.sources import find_sources
from tests.unit.bhyt.samples import DEATH_NOTICE
from tests.unit.clinics.sources.found import found, ndjson


def _line(change: Callable[[dict[str, object]], object] | None = None) -> bytes:
    resource = json.loads(ndjson(DEATH_NOTICE))
    if change:
        change(resource)
    return json.dumps(resource).encode()


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        (b"{", ["fhir.malformed-json"]),
        (b'{"resourceType":"Patient"}', ["fhir.wrong-resource"]),
        (b'{"a":1,"a":2}', ["fhir.duplicate-key"]),
        (b"[]", ["fhir.not-an-object"]),
        (b"\xff{}", ["fhir.invalid-utf8"]),
        (b'{"x":"' + b"y" * 10_500_000 + b'"}', ["fhir.too-large"]),
        (_line(lambda resource: resource.update(unknown="x")), ["fhir.unknown-element"]),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value[0],
)
def test_a_line_that_is_no_record_is_refused_alone_and_named(
    tmp_path: Path, line: bytes, codes: Sequence[str]
) -> None:
    (tmp_path / "x.ndjson").write_bytes(_line() + b"\n\n" + line + b"\n" + _line())
    for source in find_sources([tmp_path / "x.ndjson"]):
        assert (source.format, source.facility, source.outline) == ("ndjson", "33999", None)
        first, second, third = source.records()
        assert (first.outcome, first.key) == (third.outcome, third.key) == ("accepted", "00001.GBT.33999.26")
        assert (second.number, second.outcome) == (2, "refused")
        assert second.kind == (None if codes != ["fhir.unknown-element"] else "death")
        assert [one.code for one in second.findings] == codes
        assert {one.line for one in second.findings} == {3}, "blank lines count, as an editor counts them"
        assert (source.told(third), source.place(third, None)) == (4, ("NDJSON", 4, None))


def test_a_line_that_breaks_off_is_a_record_that_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\n{")
    ((name, refused, count),) = found(tmp_path / "x")
    assert (name, refused, count) == (str(tmp_path / "x"), None, 1)
