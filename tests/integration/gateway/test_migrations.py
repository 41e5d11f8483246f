"""The schema's migrations, each the way there and back, on both databases."""

from sqlalchemy import inspect, select, text

from gateway.store import records, schema
from gateway.store.database import Database
from gateway.store.metadata import new_id
from gateway.store.tables_presence import Presence
from gateway.store.tables_records import Document, RecordKey
from tests.integration.gateway.rows import HUNG_YEN, NOW


def test_migrations_run_up_down_and_up_and_match_the_models(empty_url: str) -> None:
    store = Database(empty_url)
    schema.upgrade(store.engine)
    schema.check(store.engine)
    schema.downgrade(store.engine)
    assert set(inspect(store.engine).get_table_names()) <= {"alembic_version"}
    schema.upgrade(store.engine)
    schema.check(store.engine)
    store.dispose()


def test_an_older_schema_is_not_current(empty_url: str) -> None:
    store = Database(empty_url)
    schema.upgrade(store.engine, "0002")
    with store.engine.connect() as connection:
        assert not schema.is_current(connection)
    schema.upgrade(store.engine)
    with store.engine.connect() as connection:
        assert schema.is_current(connection)
    store.dispose()


# What the program of schema 0003 writes; it may still be running when 0004 is made.
A_PRESENCE_OF_0003 = (
    "INSERT INTO presence (id, facility, client_id, national_id, full_name, birth_date, at, level, training)"
    " VALUES (:id, '33999', 'desk-1', '033300000001', 'Ai', '1990', '2026-07-15 08:00:00', 'chip-read', true)"
)


def test_a_presence_of_the_older_program_is_stored_and_outlives_a_way_back(empty_url: str) -> None:
    store = Database(empty_url)
    schema.upgrade(store.engine, "0003")
    store.dispose()
    schema.upgrade(store.engine)
    with store.begin(HUNG_YEN) as session:
        session.execute(text(A_PRESENCE_OF_0003), {"id": new_id(NOW).hex})
        row = session.scalars(select(Presence)).one()
    assert (row.level, row.zone_name, row.challenge_id, row.timing) == ("chip-read", None, None, None)
    schema.downgrade(store.engine, "0003")
    with store.begin(HUNG_YEN) as session:
        assert session.scalar(text("SELECT level FROM presence")) == "chip-read"
    assert "presence_challenge" not in inspect(store.engine).get_table_names()
    schema.upgrade(store.engine)
    schema.check(store.engine)
    store.dispose()


# What the program of schema 0004 writes; it may still be running when 0005 is made.
RECORDS_OF_0004 = (
    "INSERT INTO record_key (facility, kind, business_key, received_month, id, version, content_hash)"
    " VALUES ('33999', 'death', 'GBT-1', '2026-07-01', :id, 1, 'h')",
    "INSERT INTO document (id, kind, number, facility, version, received_at, client_id, body)"
    " VALUES (:id, 'death', 'GBT-1', '33999', 1, '2026-07-15 08:00:00', 'desk-1', :body)",
)


def test_records_of_the_older_program_are_replaced_and_the_newest_outlive_a_way_back(empty_url: str) -> None:
    store = Database(empty_url)
    schema.upgrade(store.engine, "0004")
    store.dispose()
    schema.upgrade(store.engine)
    with store.begin(HUNG_YEN) as session:
        written = {"id": new_id(NOW).hex, "body": b"{}"}
        for statement in RECORDS_OF_0004:
            session.execute(text(statement), written)
        row = session.scalars(select(Document)).one()
        key = session.scalars(select(RecordKey)).one()
        assert (row.status, key.decided_at, key.cancelled_at) == (None, None, None)
        kept = {"content_hash": "h", "reason": "resubmitted"}
        records.replace_row(session, row, {"version": 2}, body=b"new", links={}, kept=kept)
    schema.downgrade(store.engine, "0004")
    with store.begin(HUNG_YEN) as session:
        assert session.scalar(text("SELECT version FROM document")) == 2
    assert "record_version" not in inspect(store.engine).get_table_names()
    schema.upgrade(store.engine)
    schema.check(store.engine)
    store.dispose()
