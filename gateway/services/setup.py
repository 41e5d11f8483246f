"""First steps of a gateway: folders, keys, tables and the partitions of the coming months."""

from datetime import date

from gateway.errors import SetupError
from gateway.services import keys
from gateway.settings import Settings
from gateway.store import partitions, schema
from gateway.store.database import Database


def initialize(settings: Settings, *, today: date) -> list[str]:
    """Make whatever is missing and return what was made; running it again changes nothing."""
    made = ["keys"] if keys.create(settings.data_dir) else []
    if not settings.trust.exists():
        settings.trust.mkdir(parents=True)
        made.append("trust")
    database = Database(settings.database)
    try:
        with database.engine.connect() as connection:
            current = schema.is_current(connection)
        if not current:
            schema.upgrade(database.engine)
            made.append("tables")
        with database.engine.begin() as connection:
            made += partitions.make_ahead(connection, today=today)
    finally:
        database.dispose()
    return made


def open_current(settings: Settings) -> Database:
    """Open the database.

    Raises SetupError: `init` was not run by this version of the program.
    """
    keys.load(settings.data_dir)
    database = Database(settings.database)
    with database.engine.connect() as connection:
        if not schema.is_current(connection):
            raise SetupError("gateway.not-initialized", "the database is not at this program's schema")
    return database


def prepare_to_serve(settings: Settings, *, today: date) -> None:
    """Check that the gateway was set up, and make the partitions of the coming months.

    Raises SetupError: `init` was not run by this version of the program.
    """
    database = open_current(settings)
    with database.engine.begin() as connection:
        partitions.make_ahead(connection, today=today)
    database.dispose()
