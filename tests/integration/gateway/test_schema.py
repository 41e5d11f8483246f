"""What the tables themselves hold to: one presence a challenge, partitions, a log that only grows."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from gateway.store import partitions
from gateway.store.database import Database
from gateway.store.metadata import new_id
from gateway.store.tables_access import Access
from gateway.store.tables_records import Claim
from tests.integration.gateway.rows import (
    HUNG_YEN,
    INSURER,
    NOW,
    a_claim,
    a_presence,
)


def test_a_challenge_makes_one_presence_at_the_most(database: Database) -> None:
    challenge = new_id(NOW)
    with database.begin(HUNG_YEN) as session:
        session.add(a_presence(challenge))
        session.add(a_presence(None))
        session.add(a_presence(None))
    with pytest.raises(IntegrityError), database.begin(HUNG_YEN) as session:
        session.add(a_presence(challenge))


def test_a_claim_of_a_month_without_partition_is_stored_all_the_same(database: Database) -> None:
    late = datetime(2031, 5, 1, tzinfo=UTC)
    with database.begin(HUNG_YEN) as session:
        session.add(a_claim("33999", late))
    with database.begin(HUNG_YEN) as session:
        assert session.scalar(select(Claim.received_month)) == date(2031, 5, 1)


def test_partitions_are_made_ahead_once(database: Database) -> None:
    with database.engine.begin() as connection:
        again = partitions.make_ahead(connection, today=date(2026, 7, 31))
        later = partitions.make_ahead(connection, today=date(2026, 9, 1))
    assert again == []
    expected = ["claim_2026_11", "claim_2026_12"]
    assert later == (expected if database.engine.dialect.name == "postgresql" else [])


def test_a_month_with_claims_in_the_default_partition_is_left_there(database: Database) -> None:
    with database.begin(HUNG_YEN) as session:
        session.add(a_claim("33999", datetime(2031, 5, 1, tzinfo=UTC)))
    with database.engine.begin() as connection:
        made = partitions.make_ahead(connection, today=date(2031, 5, 1))
    expected = ["claim_2031_06", "claim_2031_07", "claim_2031_08"]
    assert made == (expected if database.engine.dialect.name == "postgresql" else [])


def test_the_access_log_only_grows(database: Database) -> None:
    with database.begin(HUNG_YEN) as session:
        session.add(
            Access(
                id=new_id(NOW),
                at=NOW,
                client_id="desk-1",
                facility="33999",
                action="read",
                resource="Claim",
                outcome="200",
                request_id="r",
            )
        )
    for change in ("UPDATE access_log SET outcome = 'x'", "DELETE FROM access_log"):
        with pytest.raises(DBAPIError), database.begin(HUNG_YEN) as session:
            session.execute(text(change))
    with database.begin(INSURER) as session:
        assert session.scalar(select(Access.outcome)) == "200"
