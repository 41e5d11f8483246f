"""A gateway's database, fresh for every test, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cardreader.emulator.issuer import TrainingAuthority
from gateway.app import create_app
from gateway.cli import main
from gateway.services import keys
from gateway.settings import Settings
from gateway.store import partitions, schema
from gateway.store.database import Database
from tests import postgres
from tests.integration.gateway.portals import set_account
from tests.integration.gateway.world import NOW, PUBLIC_URL, Clients, Clock, World, prepare
from tests.integration.upstream.double_served import Double, running_double

Peopled = tuple[str, Clients]
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def pg_cluster() -> Iterator[postgres.Cluster]:
    with postgres.cluster() as running:
        yield running


@pytest.fixture(scope="session")
def pg_template(pg_cluster: postgres.Cluster) -> str:
    name = pg_cluster.create()
    _migrate(pg_cluster.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "gateway.sqlite"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def pg_world(
    pg_cluster: postgres.Cluster, pg_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Peopled:
    """A database to copy, with the register and the clients of every world in it."""
    name = pg_cluster.create(pg_template)
    return name, _people(pg_cluster.url(name), tmp_path_factory.mktemp("pg-world"))


@pytest.fixture(scope="session")
def sqlite_world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Peopled:
    """As `pg_world`, a file."""
    folder = tmp_path_factory.mktemp("sqlite-world")
    file = str(shutil.copy(sqlite_template, folder / "gateway.sqlite"))
    return file, _people(f"sqlite:///{file}", folder)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database: a world's where the test has one, else an empty one."""
    with _fresh_database(request, tmp_path, peopled="world" in request.fixturenames) as url:
        yield url


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    cluster: postgres.Cluster = request.getfixturevalue("pg_cluster")
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The store over a migrated, empty database."""
    store = Database(database_url)
    yield store
    store.dispose()


@pytest.fixture(scope="session")
def authority() -> TrainingAuthority:
    return TrainingAuthority.create(now=NOW)


@pytest.fixture
def world(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, authority: TrainingAuthority
) -> Iterator[World]:
    """A training gateway with its register and clients."""
    with _opened(request, database_url, tmp_path, authority) as opened:
        yield opened


@pytest.fixture(scope="module", params=BOTH)
def standing_world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, authority: TrainingAuthority
) -> Iterator[World]:
    """A world for all tests of a module that leave nothing behind."""
    folder = tmp_path_factory.mktemp("standing")
    with (
        _fresh_database(request, folder, peopled=True) as url,
        _opened(request, url, folder, authority) as opened,
    ):
        yield opened


@contextmanager
def _fresh_database(request: pytest.FixtureRequest, folder: Path, *, peopled: bool) -> Iterator[str]:
    if request.param == "sqlite":
        path = folder / "gateway.sqlite"
        template = _world_of(request, "sqlite")[0] if peopled else request.getfixturevalue("sqlite_template")
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        return
    cluster: postgres.Cluster = request.getfixturevalue("pg_cluster")
    template = _world_of(request, "pg")[0] if peopled else request.getfixturevalue("pg_template")
    name = cluster.copy(template)
    yield cluster.url(name)
    cluster.drop(name)


@contextmanager
def _opened(
    request: pytest.FixtureRequest, url: str, folder: Path, authority: TrainingAuthority
) -> Iterator[World]:
    settings = Settings(
        data_dir=folder / "data",
        database_url=url,
        trust_dir=authority.save(folder / "authority"),
        public_url=PUBLIC_URL,
        training=True,
    )
    keys.create(settings.data_dir)
    clock = Clock()
    app = create_app(settings, now=clock)
    database = app.extensions["gateway"].database
    _, clients = _world_of(request, "sqlite" if url.startswith("sqlite") else "pg")
    yield World(app, clock, authority, dict(clients))
    database.dispose()


def _world_of(request: pytest.FixtureRequest, kind: str) -> Peopled:
    """Return the database that a world is copied from, and the keys of its clients."""
    found: Peopled = request.getfixturevalue(f"{kind}_world")
    return found


def _people(url: str, folder: Path) -> Clients:
    store = Database(url)
    clients = prepare(store, folder)
    store.dispose()
    return clients


def _migrate(url: str) -> None:
    store = Database(url)
    schema.upgrade(store.engine)
    with store.engine.begin() as connection:
        partitions.make_ahead(connection, today=date(2026, 7, 1))
    store.dispose()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run commands on a gateway that was set up in a fresh folder."""
    monkeypatch.setenv("TIEPDON_GATEWAY_DATA_DIR", str(tmp_path / "data"))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    assert invoke("init").exit_code == 0
    return invoke


@pytest.fixture
def double(world: World) -> Iterator[Double]:
    """A double of the national portal, whose clock is the world's."""
    with running_double(world.clock) as running:
        yield running


@pytest.fixture
def forwarding(world: World, double: Double) -> World:
    """A world whose facility forwards to the double."""
    set_account(world, double.url)
    return world
