"""The reader against the emulator, which was written separately: one training authority for all tests."""

from datetime import UTC, datetime

import pytest

from cardreader.emulator.issuer import TrainingAuthority
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.trust import TrustStore

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def authority() -> TrainingAuthority:
    return TrainingAuthority.create(now=NOW)


@pytest.fixture(scope="session")
def trust(authority: TrainingAuthority) -> TrustStore:
    return TrustStore([parse_certificate(authority.csca)], training=True)
