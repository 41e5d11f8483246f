"""What a file of the hospital becomes: records to send, and refused rows."""

from pathlib import Path

from bhyt.r4.bundle import MAX_ORIGINAL_BYTES
from clinics.batch.report import Row
from clinics.batch.sources import Ready, read
from tests.unit.bhyt.samples import CHECK_IN


def _of_size(path: Path, size: int) -> Path:
    path.write_bytes(CHECK_IN.rstrip().ljust(size))
    return path


def test_a_file_too_large_to_travel_with_its_records_is_refused_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    path = _of_size(tmp_path / "lon.xml", MAX_ORIGINAL_BYTES + 1)
    assert list(read(path)) == [Row(file=str(path), outcome="refused", code="file.too-large")]


def test_a_file_as_large_as_can_travel_is_read(tmp_path: Path) -> None:
    (ready,) = read(_of_size(tmp_path / "vua.xml", MAX_ORIGINAL_BYTES))
    assert isinstance(ready, Ready)
    assert len(ready.original) == MAX_ORIGINAL_BYTES
