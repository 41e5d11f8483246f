"""Challenges for proof of presence, and what is stored of an answered one.

The code of 0003 goes on running on this schema: it knows no challenge, and leaves the new
columns of a presence empty.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.versions.v0003_walls import APP_ROLE, GATEWAY, OWN, OWN_CLIENT

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHALLENGE = "presence_challenge"
ANSWERED = "UPDATE (burned_at, chip_asked_at, sealed)"
VISITS_RECORDS = ("encounter", "claim")
ADDED: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "zone_name": sa.Boolean,
    "challenge_id": sa.Uuid,
    "reader": sa.String,
    "desk_session": sa.String,
    "legal_basis": sa.String,
    "timing": sa.JSON,
    "statement": sa.LargeBinary,
}
ONE_PRESENCE_EACH = {
    "ix_presence_challenge_id": ["challenge_id"],
    "ix_presence_client_id_statement": ["client_id", "statement"],
}


def upgrade() -> None:
    """Make the table of challenges, with its walls, and the columns of their answers."""
    op.create_table(
        CHALLENGE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("desk_session", sa.String(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("burned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chip_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_presence_challenge"),
    )
    op.create_index("ix_presence_challenge_client_id_expires_at", CHALLENGE, ["client_id", "expires_at"])
    op.create_index("ix_presence_challenge_expires_at", CHALLENGE, ["expires_at"])
    for name, type_ in ADDED.items():
        op.add_column("presence", sa.Column(name, type_(), nullable=True))
    for name, columns in ONE_PRESENCE_EACH.items():
        op.create_index(name, "presence", columns, unique=True)
    if op.get_context().dialect.name == "postgresql":
        _wall()
        let_presences_rise()


def downgrade() -> None:
    """Drop the table and the columns; what they held is lost."""
    if op.get_context().dialect.name == "postgresql":
        let_no_presence_rise()
    for name in ONE_PRESENCE_EACH:
        op.drop_index(name, "presence")
    with op.batch_alter_table("presence") as presence:
        for name in ADDED:
            presence.drop_column(name)
    op.drop_table(CHALLENGE)


def _wall() -> None:
    """Show a facility its own challenges; let only the client it was given to answer one.

    The gateway's own sign-in transaction sweeps those that have ended; nobody else deletes.
    """
    op.execute(f"GRANT SELECT, INSERT, {ANSWERED}, DELETE ON {CHALLENGE} TO {APP_ROLE}")
    for wall in ("ENABLE", "FORCE"):
        op.execute(f"ALTER TABLE {CHALLENGE} {wall} ROW LEVEL SECURITY")
    mine = f"{OWN} AND {OWN_CLIENT}"
    for name, verb, clause in (
        ("own_facility_sees", "SELECT", f"USING ({OWN})"),
        ("own_client_asks", "INSERT", f"WITH CHECK ({mine})"),
        ("own_client_answers", "UPDATE", f"USING ({mine}) WITH CHECK ({mine})"),
        ("upkeep_sees", "SELECT", f"USING ({GATEWAY})"),
        ("upkeep_sweeps", "DELETE", f"USING ({GATEWAY})"),
    ):
        op.execute(f"CREATE POLICY {name} ON {CHALLENGE} FOR {verb} TO {APP_ROLE} {clause}")


def let_presences_rise() -> None:
    """Let a facility name a visit's presence in its check-in and claims, and a proven one in place of a read.

    Only a presence that was consumed for this visit and person can be named, and a proven one stays.
    """
    for table in VISITS_RECORDS:
        op.execute(f"GRANT UPDATE (presence_id) ON {table} TO {APP_ROLE}")
        of_row = f"SELECT FROM presence p WHERE p.id = {table}.presence_id"
        op.execute(
            f"CREATE POLICY presence_rises ON {table} AS RESTRICTIVE FOR UPDATE TO {APP_ROLE}"
            f" USING (presence_id IS NULL OR EXISTS ({of_row} AND p.level <> 'chip-proven'))"
            f" WITH CHECK (EXISTS ({of_row} AND p.facility = {table}.facility"
            f" AND p.visit_id = {table}.visit_id AND p.national_id = {table}.national_id))"
        )


def let_no_presence_rise() -> None:
    for table in VISITS_RECORDS:
        op.execute(f"DROP POLICY presence_rises ON {table}")
        op.execute(f"REVOKE UPDATE (presence_id) ON {table} FROM {APP_ROLE}")
