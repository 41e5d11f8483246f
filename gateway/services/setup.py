"""First steps of a gateway: folders, keys, tables and the partitions of the coming months."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from bhyt.errors import SignersUnreadable
from bhyt.national.signature_signers import Signers
from bhyt.national.signature_table import read_signers
from cardreader.errors import CardError
from cardreader.proof.trust import TrustStore
from gateway.errors import DatabaseUnreachable, SettingUnusable, SetupError
from gateway.services import keys
from gateway.settings import Settings
from gateway.store import partitions, schema, work_queue
from gateway.store.database import Database
from gateway.store.private_files import make_private_folder, others_may_change

DRIVERS = frozenset({"sqlite", "postgresql+psycopg"})


def initialize(settings: Settings, *, today: date) -> list[str]:
    """Make whatever is missing and return what was made; running it again changes nothing.

    Raises SettingUnusable: a folder cannot be made or written to, or the database's URL is not one
    of ours. DatabaseUnreachable, SetupError: the database does not answer, or refuses; or other
    users of the machine may change the data folder.
    """
    database = _database(settings)
    made = _make_folders(settings)
    try:
        with reaching():
            with database.engine.connect() as connection:
                current = schema.is_current(connection)
            if not current:
                schema.upgrade(database.engine)
                made.append("tables")
            else:
                work_queue.migrate(database.engine)  # DBOS may be newer than when the tables were made
            with database.engine.begin() as connection:
                made += partitions.make_ahead(connection, today=today)
    finally:
        database.dispose()
    return made


def open_current(settings: Settings) -> Database:
    """Open the database.

    Raises SetupError: `init` was not run by this version of the program, or other users of the
    machine may change the data folder. SettingUnusable, DatabaseUnreachable: as `initialize`.
    """
    keys.load(settings.data_dir)
    _check_private(settings)
    database = _database(settings)
    with reaching(), database.engine.connect() as connection:
        if not schema.is_current(connection):
            raise SetupError("gateway.not-initialized", "the database is not at this program's schema")
    return database


def read_trust(settings: Settings) -> TrustStore:
    """Read the trust folder.

    Raises SetupError: there is none, or a file in it is no certificate.
    """
    try:
        return TrustStore.from_directory(settings.trust, training=settings.training, sha1=settings.allow_sha1)
    except CardError as error:
        raise SetupError("gateway.trust-unreadable", str(error)) from error


def read_known_signers(settings: Settings) -> Signers:
    """Read whose certificates sign the hospitals' files.

    Raises SetupError: the table or a certificate beside it cannot be read.
    """
    try:
        return read_signers(settings.signers_file, settings.signers_dir)
    except SignersUnreadable as error:
        raise SetupError(error.code, str(error)) from error


def prepare_to_serve(settings: Settings, *, today: date) -> None:
    """Check that the gateway was set up, and make the partitions of the coming months.

    Raises SetupError: as `open_current`, `read_trust` and `read_known_signers`.
    """
    read_trust(settings)
    read_known_signers(settings)
    database = open_current(settings)
    try:
        with reaching(), database.engine.begin() as connection:
            partitions.make_ahead(connection, today=today)
    finally:
        database.dispose()


@contextmanager
def reaching() -> Iterator[None]:
    """Turn what the database refuses to an operator into an error of ours.

    Raises DatabaseUnreachable: it cannot be opened. SetupError: it refuses a statement.
    """
    try:
        yield
    except OperationalError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise DatabaseUnreachable("setup.database-unreachable", reason) from error
    except OSError as error:
        raise DatabaseUnreachable("setup.database-unreachable", error.strerror or "no file") from error
    except DatabaseError as error:
        raise SetupError("setup.database-refused", type(error.orig).__name__) from error


def _database(settings: Settings) -> Database:
    try:
        driver = make_url(settings.database).drivername
    except (ArgumentError, ValueError) as error:
        raise SettingUnusable("setup.database-url", "not a database URL") from error
    if driver not in DRIVERS:
        raise SettingUnusable("setup.database-url", f"no driver for {driver}")
    return Database(settings.database)


def _make_folders(settings: Settings) -> list[str]:
    try:
        make_private_folder(settings.data_dir)
        _check_private(settings)
        made = ["keys"] if keys.create(settings.data_dir) else []
    except OSError as error:
        raise SettingUnusable("setup.data-dir", error.strerror or "no folder") from error
    try:
        if not settings.trust.exists():
            settings.trust.mkdir(parents=True)
            made.append("trust")
    except OSError as error:
        raise SettingUnusable("gateway.trust-unreadable", error.strerror or "no folder") from error
    return made


def _check_private(settings: Settings) -> None:
    """Refuse rather than close the folder: whoever opened it may keep other things there."""
    if others_may_change(settings.data_dir):
        raise SetupError("gateway.data-folder-open", "other users of this machine can change the data folder")
