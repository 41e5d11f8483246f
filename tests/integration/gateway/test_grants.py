"""What the application's role may do on PostgreSQL: as each caller, only what serving needs."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.store.database import GATEWAY, Caller, Database
from gateway.store.tables_access import Client, MismatchCount, UsedAssertion
from gateway.store.tables_presence import PresenceChallenge
from gateway.store.tables_records import RecordKey, Visit
from gateway.store.tables_register import Facility
from gateway.store.tables_versions import ClosedMonth, RecordVersion
from tests import postgres
from tests.integration.gateway.rows import (
    ELSEWHERE,
    HUNG_YEN,
    INSURER,
    NOW,
    PERSON,
    a_claim,
    a_presence,
    a_visit,
)

pytestmark = pytest.mark.postgres
A_CHALLENGE = (
    "INSERT INTO presence_challenge (facility, client_id, id, reader, desk_session, nonce, created_at,"
    " expires_at) VALUES ({}, gen_random_uuid(), 'r', 's', '12345678', now(), now())"
)
A_CLIENT = "INSERT INTO client VALUES ('evil', 'e', 'insurer', NULL, 'system/Claim.rs', '{}', now(), NULL)"


@pytest.fixture
def store(pg_cluster: postgres.Cluster, pg_template: str) -> Iterator[Database]:
    """A database with a row of everything, of facility 33999 and its client desk-1."""
    name = pg_cluster.create(pg_template)
    opened = Database(pg_cluster.url(name), pool_size=1)
    with opened.begin(GATEWAY) as session:
        session.add(Facility(code="33999", name="Bệnh viện Mẫu", province="33", level="basic"))
        session.add(UsedAssertion(issuer="desk-1", jti="j", expires_at=datetime(2026, 7, 16, tzinfo=UTC)))
        for client_id in ("desk-1", "desk-2"):
            session.add(a_client(client_id))
    with opened.begin(HUNG_YEN) as session:
        session.add(a_claim("33999"))
        visit = a_visit(PERSON)
        visit.visit_id = "LK-1"  # as the claim's
        session.add(visit)
        session.add(MismatchCount(client_id="desk-1", hour=NOW, count=20))
        session.add(a_presence(None))
        session.add(a_challenge())
        session.add(a_key())
        session.add(a_version())
    with opened.begin(GATEWAY) as session:
        session.add(ClosedMonth(facility="33999", month=date(2026, 6, 1), closed_at=NOW, closed_by="x"))
    yield opened
    opened.dispose()
    pg_cluster.drop(name)


def a_client(client_id: str) -> Client:
    return Client(
        id=client_id,
        name="Quầy",
        role="facility",
        facility="33999",
        scopes="system/Claim.cs",
        public_jwk={},
        created_at=NOW,
    )


def a_challenge() -> PresenceChallenge:
    return PresenceChallenge(
        id=a_claim("33999").id,
        facility="33999",
        client_id="desk-1",
        reader="r",
        desk_session="s",
        nonce=bytes(8),
        created_at=NOW,
        expires_at=NOW,
    )


def a_key() -> RecordKey:
    return RecordKey(
        facility="33999",
        kind="claim",
        business_key="LK-1",
        received_month=date(2026, 7, 1),
        id=a_claim("33999").id,
        version=1,
        content_hash="h",
    )


def a_version() -> RecordVersion:
    """A version that another one replaced; of a record that is no more than this."""
    return RecordVersion(
        id=a_claim("33999").id,
        version=1,
        type="Claim",
        content_hash="h",
        reason="resubmitted",
        facility="33999",
        received_at=NOW,
        client_id="desk-1",
        body=b"{}",
    )


def touched(store: Database, caller: Caller, statement: str) -> int:
    """Return the number of rows that a statement reached; -1 where the wall stopped it."""
    try:
        with store.begin(caller) as session:
            return session.execute(text(statement)).rowcount  # type: ignore[attr-defined]
    except DBAPIError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        return -1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE client SET public_jwk = '{}'",
        "UPDATE client SET revoked_at = NULL",
        "DELETE FROM client",
        A_CLIENT,
        "UPDATE facility SET level = 'specialized'",
        "DELETE FROM facility",
        "INSERT INTO facility VALUES ('x', 'x', 'x', 'basic', NULL, NULL)",
        "DELETE FROM used_assertion",
        "UPDATE used_assertion SET expires_at = now()",
        "INSERT INTO used_assertion VALUES ('desk-2', 'j', now())",
        "DELETE FROM mismatch_count",
        "DELETE FROM claim",
        "UPDATE claim SET national_id = 'x'",
        "DELETE FROM record_key",
        "UPDATE record_key SET content_hash = 'x'",
        "UPDATE record_key SET decided_at = now()",
        "UPDATE record_key SET version = 3",
        "UPDATE record_key SET id = gen_random_uuid()",
        "UPDATE claim SET body = '{}'",
        "UPDATE claim SET body = '{}', version = 2",
        "UPDATE claim SET facility = '01999'",
        "UPDATE claim SET received_month = '2026-08-01'",
        "DELETE FROM record_version",
        "UPDATE record_version SET body = '{}'",
        "UPDATE record_version SET reason = 'x'",
        "INSERT INTO closed_month VALUES ('33999', '2026-07-01', now(), 'x')",
        "DELETE FROM closed_month",
        "UPDATE closed_month SET facility = '01999'",
        "DELETE FROM encounter",
        "UPDATE encounter SET presence_id = NULL",
        "UPDATE claim SET presence_id = NULL",
        "UPDATE encounter SET presence_id = (SELECT id FROM presence)",
        "UPDATE claim SET presence_id = (SELECT id FROM presence)",
        "DELETE FROM document",
        "DELETE FROM resource",
        "DELETE FROM original",
        "DELETE FROM presence",
        "UPDATE presence SET national_id = 'x'",
        "DELETE FROM presence_challenge",
        "UPDATE presence_challenge SET nonce = 'x'",
        "UPDATE presence_challenge SET expires_at = now()",
        "UPDATE presence_challenge SET client_id = 'desk-2'",
        "DELETE FROM visit",
        "UPDATE visit SET national_id = 'x'",
        "DELETE FROM idempotency",
        "DELETE FROM member",
        "UPDATE member SET full_name = 'x'",
        "UPDATE cover SET valid_to = NULL",
        "DELETE FROM access_log",
    ],
)
@pytest.mark.parametrize("caller", [HUNG_YEN, INSURER], ids=["facility", "insurer"])
def test_a_client_cannot(store: Database, caller: Caller, statement: str) -> None:
    assert touched(store, caller, statement) in {0, -1}


@pytest.mark.parametrize(
    "table",
    [
        "client",
        "used_assertion",
        "mismatch_count",
        "visit",
        "presence",
        "presence_challenge",
        "record_key",
        "record_version",
    ],
)
def test_what_is_anothers_is_not_even_seen(store: Database, table: str) -> None:
    count = text(f"SELECT count(*) FROM {table}")
    with store.begin(ELSEWHERE) as session:
        assert session.scalar(count) == (1 if table == "client" else 0)  # its own row


def test_a_mismatch_count_is_its_clients_alone(store: Database) -> None:
    assert touched(store, ELSEWHERE, "UPDATE mismatch_count SET count = 0") == 0
    assert touched(store, ELSEWHERE, "INSERT INTO mismatch_count VALUES ('desk-1', now(), 0)") == -1


def test_a_challenge_is_answered_by_its_client_alone(store: Database) -> None:
    answer = "UPDATE presence_challenge SET burned_at = now(), chip_asked_at = now(), sealed = NULL"
    neighbor = Caller("facility", "desk-2", "33999")
    assert touched(store, neighbor, "SELECT * FROM presence_challenge") == 1
    for stranger in (neighbor, ELSEWHERE, INSURER, GATEWAY):
        assert touched(store, stranger, answer) == 0
    for owner in ("'33999', 'desk-1'", "'01999', 'desk-2'"):
        assert touched(store, neighbor, A_CHALLENGE.format(owner)) == -1
    assert touched(store, neighbor, A_CHALLENGE.format("'33999', 'desk-2'")) == 1
    assert touched(store, HUNG_YEN, answer) == 1


def test_the_gateway_sweeps_challenges_and_the_insurer_does_not_see_them(store: Database) -> None:
    assert touched(store, INSURER, "SELECT * FROM presence_challenge") == 0
    assert touched(store, GATEWAY, "DELETE FROM presence_challenge WHERE expires_at < now()") == 1


def test_the_gateway_keeps_the_clients_and_the_facilities(store: Database) -> None:
    assert touched(store, GATEWAY, A_CLIENT) == 1
    assert touched(store, GATEWAY, "UPDATE client SET revoked_at = now() WHERE id = 'evil'") == 1
    assert touched(store, GATEWAY, "UPDATE facility SET level = 'primary'") == 1
    assert touched(store, GATEWAY, "DELETE FROM used_assertion") == 1


@pytest.mark.parametrize("partition", ["claim_default", "claim_2026_07"])
def test_a_partition_shows_no_row_to_anybody_who_asks_it_directly(store: Database, partition: str) -> None:
    for caller in (HUNG_YEN, INSURER, GATEWAY):
        assert touched(store, caller, f"SELECT * FROM {partition}") == -1
    with store.engine.begin() as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM {partition}")) == 0
        assert connection.scalar(
            text("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = :name"),
            {"name": partition},
        )


KEEP_IT = (
    "INSERT INTO record_version (id, version, type, content_hash, reason, facility, received_at, client_id,"
    " body) SELECT id, version, 'Claim', 'h', 'resubmitted', facility, received_at, client_id, {} FROM claim"
)
NEXT = "UPDATE claim SET body = 'x', version = version + 1"


def test_a_claim_is_replaced_by_its_next_version_once_the_older_one_is_kept(store: Database) -> None:
    assert touched(store, HUNG_YEN, NEXT) == -1
    assert touched(store, HUNG_YEN, KEEP_IT.format("'other'")) == 1
    assert touched(store, HUNG_YEN, NEXT) == -1  # what is kept is not what stands there


def test_a_claim_that_is_kept_is_replaced_by_its_next_version_and_by_no_other(store: Database) -> None:
    assert touched(store, HUNG_YEN, KEEP_IT.format("body")) == 1
    assert touched(store, HUNG_YEN, NEXT.replace("+ 1", "+ 2")) == -1
    assert touched(store, INSURER, NEXT) == 0
    assert touched(store, HUNG_YEN, NEXT) == 1


def test_a_key_counts_on_until_it_is_decided(store: Database) -> None:
    counts_on = "UPDATE record_key SET version = version + 1, content_hash = 'i'"
    assert touched(store, ELSEWHERE, counts_on) == 0
    assert touched(store, HUNG_YEN, counts_on) == 1
    assert touched(store, HUNG_YEN, "UPDATE record_key SET version = version - 1") == -1


def test_a_visit_is_dropped_once_none_of_its_records_stands(store: Database) -> None:
    assert touched(store, HUNG_YEN, "DELETE FROM visit") == 0
    assert touched(store, HUNG_YEN, KEEP_IT.format("body")) == 1
    assert touched(store, HUNG_YEN, f"{NEXT}, status = 'cancelled'") == 1
    assert touched(store, ELSEWHERE, "DELETE FROM visit") == 0
    assert touched(store, HUNG_YEN, "DELETE FROM visit") == 1


def test_everybody_sees_the_closed_months_and_the_operator_alone_closes_one(store: Database) -> None:
    for caller in (HUNG_YEN, ELSEWHERE, INSURER, GATEWAY):
        assert touched(store, caller, "SELECT * FROM closed_month") == 1
    closing = "INSERT INTO closed_month VALUES ('*', '2026-07-01', now(), 'x')"
    assert touched(store, GATEWAY, closing) == 1
    assert touched(store, GATEWAY, "DELETE FROM closed_month") == 2


def test_serving_changes_a_visit_and_consumes_a_presence(store: Database) -> None:
    assert touched(store, HUNG_YEN, "UPDATE presence SET consumed_at = now(), visit_id = 'LK-1'") == 1
    assert touched(store, HUNG_YEN, "UPDATE visit SET category = '1.1', service_date = now()") == 1
    with store.begin(HUNG_YEN) as session:
        assert session.query(Visit).one().category == "1.1"
