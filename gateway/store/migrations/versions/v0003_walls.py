"""The second wall on PostgreSQL: row-level security by caller; and an access log that only grows.

A transaction names its caller in `tiepdon.*` (store/database.py). A setting that was
never made reads as NULL or '', which matches no row. FORCE binds the owner too.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APP_ROLE = "tiepdon_app"
GRANTS = {  # what serving and the operator's commands do, and no more; policies narrow it by caller
    "SELECT, INSERT": ("record_key", "claim", "encounter", "document", "resource", "original", "access_log"),
    "SELECT, INSERT, UPDATE": ("facility", "member", "cover", "idempotency", "mismatch_count"),
    "SELECT, INSERT, DELETE": ("used_assertion",),
    "SELECT, INSERT, UPDATE (revoked_at)": ("client",),
    "SELECT, INSERT, UPDATE (consumed_at, visit_id)": ("presence",),
    "SELECT, INSERT, UPDATE (service_date, category)": ("visit",),
}
OWN_RECORDS = ("record_key", "claim", "encounter", "document", "resource", "original", "presence", "visit")

INSURER = "current_setting('tiepdon.role', true) = 'insurer'"
GATEWAY = "current_setting('tiepdon.role', true) = 'gateway'"
OWN = (
    "(current_setting('tiepdon.role', true) = 'facility'"
    " AND facility = nullif(current_setting('tiepdon.facility', true), ''))"
)
ELIGIBILITY = "current_setting('tiepdon.purpose', true) = 'eligibility'"
SAME_PERSON = (
    "(national_id = nullif(current_setting('tiepdon.person', true), '')"
    " OR insurance_number = nullif(current_setting('tiepdon.person_insurance', true), ''))"
)
CHECKED_IN_MEMBER = (
    "EXISTS (SELECT FROM encounter e WHERE e.national_id = member.national_id AND e.presence_id IS NOT NULL"
    " AND e.facility = nullif(current_setting('tiepdon.facility', true), ''))"
)
COVER_OF_SEEN_MEMBER = "EXISTS (SELECT FROM member m WHERE m.id = cover.member_id)"
CLIENT = "nullif(current_setting('tiepdon.client', true), '')"
OWN_CLIENT = f"client_id = {CLIENT}"
WALLED = (*OWN_RECORDS, "claim_default", "member", "cover", "facility", "client", "used_assertion")
WALLED_BY_CLIENT = ("idempotency", "mismatch_count", "access_log")


def upgrade() -> None:
    """Raise the walls."""
    if op.get_context().dialect.name == "postgresql":
        _make_role()
        for table in (*WALLED, *WALLED_BY_CLIENT):
            _wall(table)  # a table without a policy, as the partition, shows no row to anybody
        for table in OWN_RECORDS:
            _policy(table, "own_records", "ALL", using=OWN, check=OWN)
            _policy(table, "insurer_reads", "SELECT", using=INSURER)
        _policy("visit", "history_of_one_person", "SELECT", using=f"{ELIGIBILITY} AND {SAME_PERSON}")
        _policy("document", "reported_deaths", "SELECT", using=f"{ELIGIBILITY} AND kind = 'death'")
        for table in ("member", "cover", "facility", "client", "used_assertion"):
            _policy(table, "upkeep", "ALL", using=GATEWAY, check=GATEWAY)
        for table, seen in (("member", CHECKED_IN_MEMBER), ("cover", COVER_OF_SEEN_MEMBER)):
            _policy(table, "readers", "SELECT", using=f"{INSURER} OR {ELIGIBILITY} OR {seen}")
        _policy("facility", "everybody_reads", "SELECT", using="true")
        _policy("client", "own_row", "SELECT", using=f"id = {CLIENT}")
        for table in ("idempotency", "mismatch_count"):
            _policy(table, "own_rows", "ALL", using=OWN_CLIENT, check=OWN_CLIENT)
        _policy("access_log", "written_by_its_client", "INSERT", check=OWN_CLIENT)
        _policy("access_log", "insurer_reads", "SELECT", using=f"{INSURER} OR {GATEWAY}")
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER access_log_only_grows_{verb.lower()} BEFORE {verb} ON access_log"
                " BEGIN SELECT RAISE(ABORT, 'the access log only grows'); END"
            )


def downgrade() -> None:
    """Take the walls down; the role stays, for other databases of the same server may use it."""
    if op.get_context().dialect.name != "postgresql":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER access_log_only_grows_{verb}")
        return
    op.execute(f"DROP OWNED BY {APP_ROLE}")  # its grants and policies in this database
    for table in (*WALLED, *WALLED_BY_CLIENT):
        _open(table)


def _make_role() -> None:
    """Make the role that every transaction takes: it owns nothing and cannot sign in."""
    op.execute(
        f"DO $$ BEGIN CREATE ROLE {APP_ROLE} NOLOGIN NOBYPASSRLS;"
        " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
    op.execute(f"GRANT {APP_ROLE} TO CURRENT_USER")
    for rights, tables in GRANTS.items():
        op.execute(f"GRANT {rights} ON {', '.join(tables)} TO {APP_ROLE}")


def _wall(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _open(table: str) -> None:
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def _policy(table: str, name: str, verb: str, *, using: str | None = None, check: str | None = None) -> None:
    clauses = (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
    op.execute(f"CREATE POLICY {name} ON {table} FOR {verb} TO {APP_ROLE}{clauses}")
