"""Corrections, cancellations and closed months: what was is kept, what is newest is replaced.

The code of 0004 goes on running on this schema: it corrects nothing, and leaves the new columns empty.
On PostgreSQL the database itself says that no stored version is overwritten without being kept.
"""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.versions.v0003_walls import APP_ROLE, GATEWAY, INSURER, OWN
from gateway.store.migrations.versions.v0004_presence_challenges import (
    VISITS_RECORDS,
    let_no_presence_rise,
    let_presences_rise,
)

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ALIKE = "body, client_id, insurance_number, links, national_id, received_at, version"
REPLACED = {  # the columns of each table that a new version brings
    "claim": f"{ALIKE}, created_high, created_low, patient, status, use, visit_id",
    "encounter": f"{ALIKE}, patient, period_high, period_low, status, visit_id",
    "document": f"{ALIKE}, number, stamped_high, stamped_low, status",
    "resource": f"{ALIKE}, card_number, patient",
}
OF_KEY = "version, content_hash, cancelled_at"
OF_PERSON = "national_id, insurance_number"
REFUSED = "USING ERRCODE = 'insufficient_privilege'"
ITS_CHECK_IN = (
    "SELECT FROM encounter e JOIN presence p ON p.id = e.presence_id WHERE e.presence_id = OLD.presence_id"
    " AND e.facility = OLD.facility AND e.visit_id = OLD.visit_id AND e.national_id = OLD.national_id"
    " AND e.status <> 'entered-in-error' AND (p.level = 'chip-proven' OR NEW.presence_id IS NULL)"
)
FUNCTIONS = {  # what an update must be for the trigger to let it through
    "tiepdon_older_version_is_kept": (
        "NEW.version = OLD.version + 1 AND EXISTS (SELECT FROM record_version v WHERE v.id = OLD.id"
        " AND v.version = OLD.version AND v.facility = OLD.facility AND v.body = OLD.body)"
    ),
    "tiepdon_key_counts_on": "NEW.version = OLD.version + 1 AND OLD.decided_at IS NULL",
    "tiepdon_check_in_presence_rises": (
        "NEW.version <> OLD.version OR (NEW.presence_id IS NOT NULL AND NOT EXISTS"
        " (SELECT FROM presence p WHERE p.id = OLD.presence_id AND p.level = 'chip-proven'))"
    ),
    "tiepdon_claim_presence_is_inherited": (
        "NEW.version <> OLD.version"
        f" OR (NEW.presence_id IS DISTINCT FROM OLD.presence_id AND NOT EXISTS ({ITS_CHECK_IN}))"
    ),
    "tiepdon_visit_is_of_its_records": (
        "EXISTS (SELECT FROM claim r WHERE r.facility = NEW.facility AND r.visit_id = NEW.visit_id"
        " AND r.national_id IS NOT DISTINCT FROM NEW.national_id)"
        " OR EXISTS (SELECT FROM encounter r WHERE r.facility = NEW.facility AND r.visit_id = NEW.visit_id"
        " AND r.national_id IS NOT DISTINCT FROM NEW.national_id)"
    ),
}
TRIGGERS = (  # name, table, columns, function
    *(
        (f"{table}_older_version_is_kept", table, columns, "tiepdon_older_version_is_kept")
        for table, columns in REPLACED.items()
    ),
    ("record_key_counts_on", "record_key", OF_KEY, "tiepdon_key_counts_on"),
    ("encounter_presence_rises", "encounter", "presence_id", "tiepdon_check_in_presence_rises"),
    ("claim_presence_is_inherited", "claim", "presence_id", "tiepdon_claim_presence_is_inherited"),
    ("visit_is_of_its_records", "visit", OF_PERSON, "tiepdon_visit_is_of_its_records"),
)


def upgrade() -> None:
    """Make the tables with their walls, and the columns of keys and documents."""
    op.create_table(
        "record_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("presence_id", sa.Uuid(), nullable=True),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=True),
        sa.Column("national_id", sa.String(), nullable=True),
        sa.Column("insurance_number", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", "version", name="pk_record_version"),
    )
    op.create_table(
        "closed_month",
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("facility", "month", name="pk_closed_month"),
    )
    for name in ("decided_at", "cancelled_at"):
        op.add_column("record_key", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("document", sa.Column("status", sa.String(), nullable=True))
    op.create_index("ix_presence_facility_visit_id", "presence", ["facility", "visit_id"])
    if op.get_context().dialect.name == "postgresql":
        _wall()
        _let_records_be_replaced()


def downgrade() -> None:
    """Drop tables and columns: the newest versions stay, older ones are lost."""
    if op.get_context().dialect.name == "postgresql":
        _let_no_record_be_replaced()
    op.drop_index("ix_presence_facility_visit_id", "presence")
    with op.batch_alter_table("document") as document:
        document.drop_column("status")
    with op.batch_alter_table("record_key") as key:
        for name in ("decided_at", "cancelled_at"):
            key.drop_column(name)
    op.drop_table("closed_month")
    op.drop_table("record_version")


def _wall() -> None:
    """Show a facility its own older versions and the closed months; let the operator close one."""
    op.execute(f"GRANT SELECT, INSERT ON record_version TO {APP_ROLE}")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON closed_month TO {APP_ROLE}")
    for table in ("record_version", "closed_month"):
        for wall in ("ENABLE", "FORCE"):
            op.execute(f"ALTER TABLE {table} {wall} ROW LEVEL SECURITY")
    for name, table, verb, clause in (
        ("own_records", "record_version", "ALL", f"USING ({OWN}) WITH CHECK ({OWN})"),
        ("insurer_reads", "record_version", "SELECT", f"USING ({INSURER})"),
        ("upkeep", "closed_month", "ALL", f"USING ({GATEWAY}) WITH CHECK ({GATEWAY})"),
        ("everybody_reads", "closed_month", "SELECT", "USING (true)"),
    ):
        op.execute(f"CREATE POLICY {name} ON {table} FOR {verb} TO {APP_ROLE} {clause}")


def _let_records_be_replaced() -> None:
    """Let a facility put a new version in the place of one that is kept, and drop a visit without records.

    What 0004 said of presences in one policy is said here in two: a policy sees the new row only, and
    a corrected person or visit loses the presence of another.
    """
    let_no_presence_rise()
    for table in VISITS_RECORDS:
        op.execute(f"GRANT UPDATE (presence_id) ON {table} TO {APP_ROLE}")
        op.execute(
            f"CREATE POLICY presence_is_its_own ON {table} AS RESTRICTIVE FOR UPDATE TO {APP_ROLE}"
            f" USING (true) WITH CHECK (presence_id IS NULL OR EXISTS (SELECT FROM presence p"
            f" WHERE p.id = {table}.presence_id AND p.facility = {table}.facility"
            f" AND p.visit_id = {table}.visit_id AND p.national_id = {table}.national_id))"
        )
    for table, columns in (*REPLACED.items(), ("record_key", OF_KEY), ("visit", OF_PERSON)):
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {APP_ROLE}")
    op.execute(f"GRANT DELETE ON visit TO {APP_ROLE}")
    left = " AND ".join(
        f"NOT EXISTS (SELECT FROM {table} r WHERE r.facility = visit.facility"
        " AND r.visit_id = visit.visit_id AND r.status NOT IN ('cancelled', 'entered-in-error'))"
        for table in VISITS_RECORDS
    )
    op.execute(
        f"CREATE POLICY records_are_withdrawn ON visit AS RESTRICTIVE FOR DELETE TO {APP_ROLE} USING ({left})"
    )
    for name, allowed in FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {allowed} THEN RETURN NEW; END IF; RAISE EXCEPTION '{name}' {REFUSED}; END $$"
        )
    for name, table, columns, function in TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {function}()"
        )


def _let_no_record_be_replaced() -> None:
    for name, table, _, _ in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON {table}")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
    op.execute("DROP POLICY records_are_withdrawn ON visit")
    op.execute(f"REVOKE DELETE ON visit FROM {APP_ROLE}")
    for table, columns in (*REPLACED.items(), ("record_key", OF_KEY), ("visit", OF_PERSON)):
        op.execute(f"REVOKE UPDATE ({columns}) ON {table} FROM {APP_ROLE}")
    for table in VISITS_RECORDS:
        op.execute(f"DROP POLICY presence_is_its_own ON {table}")
    let_presences_rise()
