"""A paired desk whose check-ins a fake gateway takes, to be killed or traced."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cardreader.emulator.issuer import TrainingAuthority
from clinics.pairing import load_key, make_key
from clinics.settings import save_settings
from tests.chaos.program import ROOT
from tests.integration.clinics.fake_gateway import FakeGateway, running
from tests.integration.clinics.world import register

PERSONS = [f"0333000{number:05d}" for number in range(1, 41)]


@dataclass(frozen=True)
class Desk:
    """Its data directory, the authority whose cards are laid down, and the gateway that knows its key."""

    directory: Path
    authority: Path
    fake: FakeGateway

    def start(self, persons: Iterable[str], *wrapper: str) -> subprocess.Popen[str]:
        """Begin to tap the card of each person; `wrapper` is put before the command."""
        module = [sys.executable, "-m", "tests.chaos.desk_process", str(self.authority)]
        return subprocess.Popen(
            [*wrapper, *module, *persons],
            cwd=ROOT,
            env={**os.environ, "TIEPDON_CLINIC_DATA_DIR": str(self.directory), "PYTHONPATH": "fhir"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )


@contextmanager
def paired(folder: Path) -> Iterator[Desk]:
    """Give a desk in `folder` while its gateway, where all of PERSONS are covered, is served."""
    directory = folder / "desk"
    make_key(directory)
    authority = TrainingAuthority.create(now=datetime.now(UTC))
    trust = authority.save(folder / "authority")
    with running(FakeGateway()) as fake:
        fake.public_key = load_key(directory)
        fake.eligibility = lambda body: register(body, levels=fake.presences.levels, members=PERSONS)
        save_settings(
            directory,
            gateway_url=fake.url,
            facility="33999",
            client_id=fake.client_id,
            trust_dir=str(trust),
            training=True,
        )
        yield Desk(directory, folder / "authority", fake)


def told(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Return the answers that a clerk has seen; the line that a kill cut off is none."""
    return [json.loads(line) for line in lines if line.endswith("}\n")]
