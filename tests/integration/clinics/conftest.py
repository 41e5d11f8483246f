"""A paired desk and the fake gateway that knows its key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.samples import SAMPLES
from clinics.desk import watch
from clinics.desk.server import serving
from clinics.gateway_client import Gateway
from clinics.pairing import load_key, make_key
from clinics.settings import ClinicSettings, load_settings, save_settings
from clinics.station import Station
from tests.integration.clinics.counter import Counter
from tests.integration.clinics.fake_gateway import FakeGateway, running
from tests.integration.clinics.signing_keys import facility_tokens
from tests.integration.clinics.world import HandReader, register


@dataclass
class Desk:
    """One desk's data directory with its settings and its key."""

    settings: ClinicSettings
    key: ECKey

    def gateway(self, **changes: object) -> Gateway:
        """Return a client with some settings changed."""
        settings = self.settings.model_copy(update=changes)
        return Gateway(settings, self.key, now=lambda: datetime.now(UTC))


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    with running(FakeGateway()) as gateway:
        yield gateway


@pytest.fixture
def desk(fake: FakeGateway, tmp_path: Path) -> Desk:
    make_key(tmp_path)
    key = load_key(tmp_path)
    save_settings(tmp_path, gateway_url=fake.url, facility="33999", client_id=fake.client_id)
    fake.public_key = key
    return Desk(load_settings(tmp_path), key)


NOW = datetime(2026, 9, 14, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="session")
def authority() -> TrainingAuthority:
    return TrainingAuthority.create(now=NOW)


@pytest.fixture(scope="session")
def trust_dir(authority: TrainingAuthority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("authority")
    authority.save(directory)
    return directory / "trust"


@pytest.fixture
def card(authority: TrainingAuthority) -> Callable[[str], IssuedCard]:
    return lambda name: authority.issue(SAMPLES[name])


@pytest.fixture
def counter(desk: Desk, fake: FakeGateway, trust_dir: Path) -> Counter:
    return Counter(desk.gateway, desk.settings.data_dir, fake, trust_dir, NOW)


@dataclass
class OpenDesk:
    """A desk's page being served, with the reader and the gateway that a test moves."""

    address: str
    reader: HandReader
    fake: FakeGateway
    directory: Path


@pytest.fixture
def open_desk(
    desk: Desk, fake: FakeGateway, trust_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpenDesk]:
    monkeypatch.setattr(watch, "HEALTH_SECONDS", 1.0)
    fake.eligibility = lambda body: register(body, levels=fake.presences.levels)
    directory = desk.settings.data_dir
    save_settings(directory, trust_dir=str(trust_dir), training=True)
    reader = HandReader()
    with Station.open(load_settings(directory)) as station, serving(station, reader, port=0) as address:
        yield OpenDesk(address, reader, fake, directory)


@pytest.fixture(scope="session")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with facility_tokens(tmp_path_factory.mktemp("softhsm")):
        yield
