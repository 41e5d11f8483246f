"""Files, archives and lines of invented people, and what is found in them."""

import zipfile
from pathlib import Path

from bhyt.national import read_file
from bhyt.r4 import wire
from bhyt.r4.bundle import resource_of
from clinics.batch.sources import find_sources
from tests.unit.clinics.sources.invented import csv_bytes, people

CSV = csv_bytes(people("births", 1))


def found(*paths: Path) -> list[tuple[str, str | None, int]]:
    """Return name, refusal and number of records of every source."""
    return [(source.name, source.refused, len(list(source.records()))) for source in find_sources(paths)]


def archive(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return path


def ndjson(*samples: bytes) -> bytes:
    """Return the records of national samples as FHIR, one a line."""
    return b"".join(
        wire.write(resource_of(record)) + b"\n" for sample in samples for record in read_file(sample).records
    )
