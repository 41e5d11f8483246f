"""The national portal: accounts, what is to be sent, and which facilities forward at all.

The code of the schema before goes on running on this one: it reads none of this, and facilities
that it imports do not forward.
"""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.versions.v0003_walls import APP_ROLE, GATEWAY, INSURER, OWN

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ACCOUNT, SENDING = "portal_account", "portal_sending"
MOMENT = sa.DateTime(timezone=True)
STATES = "'waiting', 'sending', 'taken', 'refused', 'unknown', 'superseded', 'withdrawn'"
PROGRESS = "state, attempts, due_at, started_at, ended_at, sent_as, sha256, code, result, transaction"
GRANTS = {
    ACCOUNT: "SELECT, INSERT, UPDATE, DELETE",
    SENDING: f"SELECT, INSERT, UPDATE ({PROGRESS})",
}


def upgrade() -> None:
    """Make the tables and their walls, and the switch of each facility."""
    with op.batch_alter_table("facility") as facility:
        facility.add_column(sa.Column("forwards", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        ACCOUNT,
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("base_url", sa.String(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("stopped_result", sa.String(), nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("facility", name="pk_portal_account"),
    )
    op.create_table(
        SENDING,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("business_key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("record_type", sa.String(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("original_id", sa.Uuid(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("sent_as", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("transaction", sa.String(), nullable=True),
        sa.CheckConstraint(f"state IN ({STATES})", name="ck_portal_sending_state"),
        sa.CheckConstraint("sent_as IN ('original', 'unsigned-part')", name="ck_portal_sending_sent_as"),
        sa.PrimaryKeyConstraint("id", name="pk_portal_sending"),
        sa.UniqueConstraint(
            "facility",
            "kind",
            "business_key",
            "version",
            name="uq_portal_sending_facility_kind_business_key_version",
        ),
    )
    op.create_index("ix_portal_sending_state_due_at", SENDING, ["state", "due_at"])
    if op.get_context().dialect.name == "postgresql":
        _wall()


def downgrade() -> None:
    """Drop the tables and the switch; passwords, and what waited, are lost."""
    op.drop_table(SENDING)
    op.drop_table(ACCOUNT)
    with op.batch_alter_table("facility") as facility:
        facility.drop_column("forwards")


def _wall() -> None:
    """Show passwords to the gateway's own work alone; a facility queues and sees its own sendings."""
    for table, rights in GRANTS.items():
        op.execute(f"GRANT {rights} ON {table} TO {APP_ROLE}")
        for wall in ("ENABLE", "FORCE"):
            op.execute(f"ALTER TABLE {table} {wall} ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY upkeep ON {table} FOR ALL TO {APP_ROLE} USING ({GATEWAY}) WITH CHECK ({GATEWAY})"
        )
    op.execute(
        f"CREATE POLICY own_records ON {SENDING} FOR ALL TO {APP_ROLE} USING ({OWN}) WITH CHECK ({OWN})"
    )
    op.execute(f"CREATE POLICY insurer_reads ON {SENDING} FOR SELECT TO {APP_ROLE} USING ({INSURER})")
