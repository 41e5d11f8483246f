"""The agent as a process to be killed or traced: `tiepdon-clinic batch upload` of check-in files."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.integration.clinics.hospital import check_in_file


@dataclass(frozen=True)
class Agent:
    """A desk's data directory and the hospital's files that it uploads."""

    directory: Path
    files: tuple[Path, ...]

    def start(self, *wrapper: str, files: int | None = None) -> subprocess.Popen[bytes]:
        """Start the upload of the first `files` files; `wrapper` is put before the command."""
        program = str(Path(sys.executable).with_name("tiepdon-clinic"))
        return subprocess.Popen(
            [*wrapper, program, "batch", "upload", "--json", *map(str, self.files[:files])],
            env={**os.environ, "TIEPDON_CLINIC_DATA_DIR": str(self.directory)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def agent_with_files(folder: Path, directory: Path, *, files: int, rows: int) -> Agent:
    """Write `files` check-in files of `rows` rows into `folder` for the desk in `directory`."""
    return Agent(
        directory,
        tuple(
            check_in_file(folder / f"export-{file}.xml", [f"HIS-{file}-{row}" for row in range(rows)])
            for file in range(files)
        ),
    )
