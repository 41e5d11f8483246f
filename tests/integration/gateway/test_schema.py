"""The schema's migrations, the partitions and the walls, on both databases."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from gateway.store import partitions, records, schema
from gateway.store.database import GATEWAY, Caller, Database, Purpose, show_history_of
from gateway.store.metadata import month_of, new_id
from gateway.store.tables_access import Access
from gateway.store.tables_presence import Presence
from gateway.store.tables_records import Claim, Document, RecordKey, Visit
from gateway.store.tables_register import Cover, Member

NOW = datetime(2026, 7, 15, 8, 0, tzinfo=UTC)
HUNG_YEN = Caller(role="facility", client_id="desk-1", facility="33999")
ELSEWHERE = Caller(role="facility", client_id="desk-2", facility="01999")
PERSON = "033300000001"
INSURER = Caller(role="insurer", client_id="vss")


def a_claim(facility: str, at: datetime = NOW) -> Claim:
    key = new_id(at)
    return Claim(
        received_month=month_of(key),
        id=key,
        visit_id="LK-1",
        status="active",
        use="claim",
        facility=facility,
        version=1,
        received_at=at,
        client_id="desk-1",
        body=b"{}",
    )


def a_member(national_id: str) -> Member:
    return Member(
        id=new_id(NOW),
        national_id=national_id,
        full_name="Ai Đó",
        birth_date="1990",
        sex="unknown",
        updated_at=NOW,
    )


def a_cover(member: Member) -> Cover:
    return Cover(
        id=new_id(NOW),
        member_id=member.id,
        card_number="DN4339900000001",
        primary_facility="33999",
        valid_from=date(2026, 1, 1),
        updated_at=NOW,
    )


def a_visit(national_id: str) -> Visit:
    return Visit(
        facility="33999",
        visit_id=f"LK-{national_id}",
        service_date=date(2026, 7, 1),
        category="1.1",
        national_id=national_id,
    )


def a_presence(challenge: UUID | None) -> Presence:
    return Presence(
        id=new_id(NOW),
        facility="33999",
        client_id="desk-1",
        national_id=PERSON,
        full_name="Ai Đó",
        birth_date="1990",
        at=NOW,
        level="chip-proven",
        training=True,
        challenge_id=challenge,
    )


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


@pytest.mark.postgres
class TestTheSecondWall:
    """Row-level security, asked for by plain SQL that forgets every filter."""

    @pytest.fixture
    def walled(self, pg_cluster, pg_template):
        name = pg_cluster.create(pg_template)
        store = Database(pg_cluster.url(name), pool_size=1)
        with store.begin(HUNG_YEN) as session:
            session.add(a_claim("33999"))
        yield store
        store.dispose()
        pg_cluster.drop(name)

    def count(self, store: Database, caller: Caller) -> int | None:
        with store.begin(caller) as session:
            return session.scalar(text("SELECT count(*) FROM claim"))

    def test_a_facility_sees_its_own_rows_and_no_others(self, walled: Database) -> None:
        assert self.count(walled, HUNG_YEN) == 1
        assert self.count(walled, ELSEWHERE) == 0

    def test_the_insurer_sees_all_rows_but_cannot_write_records(self, walled: Database) -> None:
        assert self.count(walled, INSURER) == 1
        with pytest.raises(DBAPIError, match="row-level security"), walled.begin(INSURER) as session:
            session.add(a_claim("33999"))

    def test_a_facility_cannot_write_in_the_name_of_another(self, walled: Database) -> None:
        with pytest.raises(DBAPIError, match="row-level security"), walled.begin(ELSEWHERE) as session:
            session.add(a_claim("33999"))

    def test_nothing_leaks_to_the_next_checkout_of_a_pool_of_one(self, walled: Database) -> None:
        assert self.count(walled, HUNG_YEN) == 1
        with walled.engine.begin() as connection:
            assert connection.scalar(text("SELECT current_user")) == "gateway_owner"
            assert not connection.scalar(text("SELECT current_setting('tiepdon.facility', true)"))
            connection.execute(text("SET LOCAL ROLE tiepdon_app"))
            assert connection.scalar(text("SELECT count(*) FROM claim")) == 0

    def test_the_owner_is_bound_too(self, walled: Database) -> None:
        with walled.engine.begin() as connection:
            assert connection.scalar(text("SELECT count(*) FROM claim")) == 0

    def test_the_gateways_own_upkeep_sees_no_records(self, walled: Database) -> None:
        assert self.count(walled, GATEWAY) == 0

    def test_a_partition_cannot_be_asked_behind_its_table(self, walled: Database) -> None:
        with pytest.raises(DBAPIError, match="permission denied"), walled.begin(HUNG_YEN) as session:
            session.execute(text("SELECT count(*) FROM claim_2026_07"))

    def test_the_register_opens_for_eligibility_alone(self, walled: Database) -> None:
        self.add_person(walled)
        assert self.seen(walled, "member") == self.seen(walled, "cover") == 0
        assert self.seen(walled, "member", purpose="eligibility") == 1
        assert self.seen(walled, "cover", purpose="eligibility") == 1
        with pytest.raises(DBAPIError, match="row-level security"), walled.begin(HUNG_YEN) as session:
            session.add(a_member("033192000004"))

    def test_eligibility_shows_the_visits_of_the_one_proven_person(self, walled: Database) -> None:
        self.add_person(walled)
        for number in (PERSON, "033192000004"):
            with walled.begin(HUNG_YEN) as session:
                session.add(a_visit(number))
        with walled.begin(ELSEWHERE, purpose="eligibility") as session:
            assert session.scalar(text("SELECT count(*) FROM visit")) == 0
            show_history_of(session, national_id=PERSON, insurance_number=None)
            assert session.scalars(text("SELECT national_id FROM visit")).all() == [PERSON]
            assert session.scalar(text("SELECT count(*) FROM claim")) == 0
        with walled.begin(ELSEWHERE) as session:
            assert session.scalar(text("SELECT count(*) FROM visit")) == 0

    def add_person(self, store: Database) -> None:
        with store.begin(GATEWAY) as session:
            member = a_member(PERSON)
            session.add(member)
            session.flush()
            session.add(a_cover(member))

    def seen(self, store: Database, table: str, purpose: Purpose = "records") -> int | None:
        with store.begin(HUNG_YEN, purpose=purpose) as session:
            return session.scalar(text(f"SELECT count(*) FROM {table}"))
