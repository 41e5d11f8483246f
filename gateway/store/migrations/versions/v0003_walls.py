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
READ_WRITE = (
    "facility",
    "member",
    "cover",
    "client",
    "used_assertion",
    "idempotency",
    "mismatch_count",
    "record_key",
    "claim",
    "encounter",
    "document",
    "resource",
    "original",
    "presence",
    "visit",
)
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
OWN_CLIENT = "client_id = nullif(current_setting('tiepdon.client', true), '')"


def upgrade() -> None:
    """Raise the walls."""
    if op.get_context().dialect.name == "postgresql":
        _make_role()
        for table in OWN_RECORDS:
            _wall(table)
            _policy(table, "own_records", "ALL", using=OWN, check=OWN)
            _policy(table, "insurer_reads", "SELECT", using=INSURER)
        _policy("visit", "history_of_one_person", "SELECT", using=f"{ELIGIBILITY} AND {SAME_PERSON}")
        _policy("document", "reported_deaths", "SELECT", using=f"{ELIGIBILITY} AND kind = 'death'")
        for table, seen in (("member", CHECKED_IN_MEMBER), ("cover", COVER_OF_SEEN_MEMBER)):
            _wall(table)
            _policy(table, "register", "ALL", using=GATEWAY, check=GATEWAY)
            _policy(table, "readers", "SELECT", using=f"{INSURER} OR {ELIGIBILITY} OR {seen}")
        _wall("idempotency")
        _policy("idempotency", "own_keys", "ALL", using=OWN_CLIENT, check=OWN_CLIENT)
        _wall("access_log")
        _policy("access_log", "written_by_its_client", "INSERT", check=OWN_CLIENT)
        _policy("access_log", "insurer_reads", "SELECT", using=f"{INSURER} OR {GATEWAY}")
        op.execute(f"GRANT INSERT, SELECT ON access_log TO {APP_ROLE}")
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
    for table in ("member", "cover", "idempotency", "access_log", *OWN_RECORDS):
        _open(table)


def _make_role() -> None:
    """Make the role that every transaction takes: it owns nothing and cannot sign in."""
    op.execute(
        f"DO $$ BEGIN CREATE ROLE {APP_ROLE} NOLOGIN NOBYPASSRLS;"
        " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
    op.execute(f"GRANT {APP_ROLE} TO CURRENT_USER")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(READ_WRITE)} TO {APP_ROLE}")


def _wall(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _open(table: str) -> None:
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def _policy(table: str, name: str, verb: str, *, using: str | None = None, check: str | None = None) -> None:
    clauses = (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
    op.execute(f"CREATE POLICY {name} ON {table} FOR {verb} TO {APP_ROLE}{clauses}")
