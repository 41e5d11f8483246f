"""First steps of a gateway: folders, keys, tables and the partitions of the coming months."""

from datetime import date

from gateway.errors import SetupError
from gateway.services import keys
from gateway.settings import Settings
from gateway.store import partitions, schema
from gateway.store.database import Database
from gateway.store.private_files import is_open_to_others, make_private_folder


def initialize(settings: Settings, *, today: date) -> list[str]:
    """Make whatever is missing and return what was made; running it again changes nothing.

    Raises SetupError: the data folder stands open to other users of the machine.
    """
    make_private_folder(settings.data_dir)
    _check_private(settings)
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

    Raises SetupError: `init` was not run by this version of the program, or the data folder stands
    open to other users of the machine.
    """
    keys.load(settings.data_dir)
    _check_private(settings)
    database = Database(settings.database)
    with database.engine.connect() as connection:
        if not schema.is_current(connection):
            raise SetupError("gateway.not-initialized", "the database is not at this program's schema")
    return database


def _check_private(settings: Settings) -> None:
    """Refuse rather than close the folder: whoever opened it may keep other things there."""
    if is_open_to_others(settings.data_dir):
        raise SetupError("gateway.data-folder-open", "other users of this machine can open the data folder")


def prepare_to_serve(settings: Settings, *, today: date) -> None:
    """Check that the gateway was set up, and make the partitions of the coming months.

    Raises SetupError: `init` was not run by this version of the program.
    """
    database = open_current(settings)
    with database.engine.begin() as connection:
        partitions.make_ahead(connection, today=today)
    database.dispose()
