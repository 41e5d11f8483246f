"""Row-level security, asked for by plain SQL that forgets every filter."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.store.database import GATEWAY, Caller, Database, Purpose, show_history_of
from tests.integration.gateway.rows import (
    ELSEWHERE,
    HUNG_YEN,
    INSURER,
    PERSON,
    a_claim,
    a_cover,
    a_member,
    a_visit,
)


@pytest.mark.postgres
class TestTheSecondWall:
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
