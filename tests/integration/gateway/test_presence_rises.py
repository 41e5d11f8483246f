"""PostgreSQL's own word on it: a record's presence is one of its visit and person, and never falls."""

from collections.abc import Iterator

import pytest
from sqlalchemy import insert

from gateway.store.database import Caller, Database
from gateway.store.metadata import month_of, new_id
from gateway.store.tables_presence import Presence
from gateway.store.tables_records import Claim, Encounter
from tests import postgres
from tests.integration.gateway.rows import ELSEWHERE, HUNG_YEN, INSURER, NOW, PERSON
from tests.integration.gateway.test_grants import touched

pytestmark = pytest.mark.postgres
RAISE = "UPDATE {} SET presence_id = (SELECT id FROM presence WHERE reader = '{}')"
PRESENCES = {  # by the name of the reader: level, visit and person
    "read": ("chip-read", "LK-1", PERSON),
    "proven": ("chip-proven", "LK-1", PERSON),
    "other visit": ("chip-proven", "LK-2", PERSON),
    "other person": ("chip-proven", "LK-1", "033085000003"),
    "unused": ("chip-proven", None, PERSON),
}


@pytest.fixture
def store(pg_cluster: postgres.Cluster, pg_template: str) -> Iterator[Database]:
    """A claim and a check-in of one visit, without a presence, and presences of every kind."""
    name = pg_cluster.create(pg_template)
    opened = Database(pg_cluster.url(name), pool_size=1)
    own = {"facility": "33999", "client_id": "desk-1", "national_id": PERSON}
    with opened.begin(HUNG_YEN) as session:
        for reader, (level, visit, person) in PRESENCES.items():
            chip = {"full_name": "Ai Đó", "birth_date": "1990", "training": True, "reader": reader}
            row = own | chip | {"national_id": person, "level": level, "visit_id": visit, "at": NOW}
            session.execute(insert(Presence).values(row | {"id": new_id(NOW)}))
        record = own | {"visit_id": "LK-1", "status": "active", "version": 1, "received_at": NOW}
        for table, more in (
            (Encounter, {}),
            (Claim, {"use": "claim", "received_month": month_of(new_id(NOW))}),
        ):
            session.execute(insert(table).values(record | more | {"id": new_id(NOW), "body": b"{}"}))
    yield opened
    opened.dispose()
    pg_cluster.drop(name)


@pytest.mark.parametrize("table", ["encounter", "claim"])
class TestAPresence:
    def test_rises_and_a_proven_one_stays(self, store: Database, table: str) -> None:
        for reader in ("read", "proven"):
            for raised in dict.fromkeys(("encounter", table)):  # a claim has what its check-in has
                assert touched(store, HUNG_YEN, RAISE.format(raised, reader)) == 1
        for other in ("read", "proven", "other visit"):
            assert touched(store, HUNG_YEN, RAISE.format(table, other)) == -1
        assert touched(store, HUNG_YEN, f"UPDATE {table} SET presence_id = NULL") == -1

    @pytest.mark.parametrize("reader", ["other visit", "other person", "unused", "no such"])
    def test_of_anything_else_is_not_named(self, store: Database, table: str, reader: str) -> None:
        assert touched(store, HUNG_YEN, RAISE.format(table, reader)) == -1

    @pytest.mark.parametrize("caller", [ELSEWHERE, INSURER], ids=["elsewhere", "insurer"])
    def test_is_named_by_its_facility_alone(self, store: Database, table: str, caller: Caller) -> None:
        assert touched(store, caller, RAISE.format(table, "proven")) == 0


def test_a_claim_keeps_no_presence_that_its_check_in_has_no_more(store: Database) -> None:
    assert touched(store, HUNG_YEN, RAISE.format("claim", "proven")) == 1
    assert touched(store, HUNG_YEN, "UPDATE claim SET presence_id = NULL") == 1
