"""What the application's role may do on PostgreSQL: as each caller, only what serving needs."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.store.database import GATEWAY, Caller, Database
from gateway.store.tables_access import Client, MismatchCount, UsedAssertion
from gateway.store.tables_presence import Presence
from gateway.store.tables_records import Visit
from gateway.store.tables_register import Facility
from tests import postgres
from tests.integration.gateway.test_schema import ELSEWHERE, HUNG_YEN, INSURER, NOW, PERSON, a_claim, a_visit

pytestmark = pytest.mark.postgres
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
        session.add(a_visit(PERSON))
        session.add(MismatchCount(client_id="desk-1", hour=NOW, count=20))
        session.add(a_presence())
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


def a_presence() -> Presence:
    return Presence(
        id=a_claim("33999").id,
        facility="33999",
        client_id="desk-1",
        national_id=PERSON,
        full_name="Ai Đó",
        birth_date="1990",
        at=NOW,
        level="chip-read",
        training=True,
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
        "DELETE FROM encounter",
        "UPDATE encounter SET presence_id = NULL",
        "DELETE FROM document",
        "DELETE FROM resource",
        "DELETE FROM original",
        "DELETE FROM presence",
        "UPDATE presence SET national_id = 'x'",
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


@pytest.mark.parametrize("table", ["client", "used_assertion", "mismatch_count", "visit", "presence"])
def test_what_is_anothers_is_not_even_seen(store: Database, table: str) -> None:
    count = text(f"SELECT count(*) FROM {table}")
    with store.begin(ELSEWHERE) as session:
        assert session.scalar(count) == (1 if table == "client" else 0)  # its own row


def test_a_mismatch_count_is_its_clients_alone(store: Database) -> None:
    assert touched(store, ELSEWHERE, "UPDATE mismatch_count SET count = 0") == 0
    assert touched(store, ELSEWHERE, "INSERT INTO mismatch_count VALUES ('desk-1', now(), 0)") == -1


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


def test_serving_changes_a_visit_and_consumes_a_presence(store: Database) -> None:
    assert touched(store, HUNG_YEN, "UPDATE presence SET consumed_at = now(), visit_id = 'LK-1'") == 1
    assert touched(store, HUNG_YEN, "UPDATE visit SET category = '1.1', service_date = now()") == 1
    with store.begin(HUNG_YEN) as session:
        assert session.query(Visit).one().category == "1.1"
