"""The reader against the emulator, written separately: one training authority, and a pcscd for a test."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cardreader.emulator.issuer import TrainingAuthority
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.trust import TrustStore
from tests.integration.cardreader.watched import Watch, Watching
from tests.private_pcscd import PrivateService

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def authority() -> TrainingAuthority:
    return TrainingAuthority.create(now=NOW)


@pytest.fixture(scope="session")
def trust(authority: TrainingAuthority) -> TrustStore:
    return TrustStore([parse_certificate(authority.csca)], training=True)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[PrivateService]:
    private = PrivateService(tmp_path)
    yield private
    private.stop()


@pytest.fixture
def watching() -> Iterator[Watching]:
    """Start the command, and leave none behind."""
    started: list[Watch] = []

    def start(*arguments: Any) -> Watch:
        started.append(Watch(*arguments))
        return started[-1]

    yield start
    for watch in started:
        watch.close(signal.SIGKILL)


@pytest.fixture
def trust_options(authority: TrainingAuthority, tmp_path: Path) -> list[str]:
    (tmp_path / "trust").mkdir()
    (tmp_path / "trust" / "csca.cer").write_bytes(authority.csca)
    return ["--trust", str(tmp_path / "trust"), "--training"]
