"""Large files are read in flat memory, and absurd ones refused after a few megabytes."""

import io
from pathlib import Path

import pytest

from bhyt.errors import FrameTooLarge
from bhyt.national import open_file
from bhyt.national.first_pass import MAX_FRAME_BYTES
from tests.bench.national import peak_of_reading, write_large


def test_a_file_ten_times_as_large_takes_no_more_memory(tmp_path: Path) -> None:
    peaks = {}
    for megabytes in (20, 200):
        path = tmp_path / "large.xml"
        claims = write_large(path, megabytes)
        accepted, peaks[megabytes] = peak_of_reading(path)
        assert accepted == claims
        assert path.stat().st_size > megabytes * 850_000
    assert peaks[200] < peaks[20] + 20
    assert peaks[200] < 100


class _OneLine(io.RawIOBase):
    """An envelope that goes on in one line for ever; `given` counts what was read of it."""

    given = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        return offset

    def read(self, size: int = -1) -> bytes:
        start = b"<GIAMDINHHS><NOIDUNGFILE>" if not self.given else b""
        self.given += size
        return start + b"A" * (size - len(start))


def test_a_line_without_end_is_refused_when_it_goes_beyond_the_limit() -> None:
    file = _OneLine()
    with pytest.raises(FrameTooLarge):
        open_file(file)  # type: ignore[arg-type]  # it can do what reading needs
    assert file.given < MAX_FRAME_BYTES + 1_000_000
