"""Files sent as batches: their chunks, the receipts of their records, and the workers that live.

What a claim has besides its lines is a document too: its dossier. The code of the schema before goes on
running on this one: it knows none of these tables, and writes no dossier.
"""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.versions.v0003_walls import APP_ROLE, GATEWAY, INSURER, OWN

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BATCH, CHUNK, RECEIPT, LEASE = "batch", "batch_chunk", "batch_receipt", "work_lease"
MOMENT = sa.DateTime(timezone=True)
DOCUMENT_KIND = "ck_document_ck_document_kind"  # as 0002 made it: the convention added to the name
NOT_REFUSED = sa.text("state <> 'refused'")
PROGRESS = (
    "state, code, signature, reference_id, receipts, stored, already_stored, corrected, refused,"
    " committed_at, closed_at"
)
RECUT = "client_id, head, tail, chunks, records, file_name"
GRANTS = {
    BATCH: f"SELECT, INSERT, UPDATE ({PROGRESS}, {RECUT})",
    CHUNK: "SELECT, INSERT, UPDATE (done_at), DELETE",
    RECEIPT: "SELECT, INSERT",
    LEASE: "SELECT, INSERT, UPDATE (version, renewed_at), DELETE",
}


def upgrade() -> None:
    """Make the tables and their walls."""
    _make_batch()
    _make_chunk()
    _make_receipt()
    op.create_table(
        LEASE,
        sa.Column("executor_id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("renewed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name="pk_work_lease"),
    )
    _let_documents_be("'birth', 'death', 'dossier'")
    # Who may send claims one by one may send them in a file; who reads them may ask what became of one.
    _seeing_all(
        "client", "UPDATE client SET scopes = 'system/Batch.cr ' || scopes WHERE scopes LIKE '%/Claim.c%'"
    )
    _seeing_all(
        "client", "UPDATE client SET scopes = 'system/Batch.r ' || scopes WHERE scopes LIKE '%/Claim.r%'"
    )
    if op.get_context().dialect.name == "postgresql":
        _wall()


def downgrade() -> None:
    """Drop the tables and the dossiers; what they held is lost."""
    _seeing_all("client", "UPDATE client SET scopes = replace(scopes, 'system/Batch.cr ', '')")
    _seeing_all("client", "UPDATE client SET scopes = replace(scopes, 'system/Batch.r ', '')")
    _seeing_all("document", "DELETE FROM document WHERE kind = 'dossier'")
    _seeing_all("record_key", "DELETE FROM record_key WHERE kind = 'dossier'")
    _let_documents_be("'birth', 'death'")
    for table in (LEASE, RECEIPT, CHUNK, BATCH):
        op.drop_table(table)


def _seeing_all(table: str, statement: str) -> None:
    """Run a statement before all rows: the wall of a table binds its owner too, who stands here."""
    walled = op.get_context().dialect.name == "postgresql"
    if walled:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(statement)
    if walled:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _let_documents_be(kinds: str) -> None:
    """Let a document be of these kinds only; SQLite makes the table anew for it."""
    with op.batch_alter_table("document") as document:
        document.drop_constraint(op.f(DOCUMENT_KIND), type_="check")
        document.create_check_constraint(op.f(DOCUMENT_KIND), f"kind IN ({kinds})")


def _make_batch() -> None:
    op.create_table(
        BATCH,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("tail", sa.LargeBinary(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("generation", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("signature", sa.JSON(), nullable=True),
        sa.Column("reference_id", sa.Uuid(), nullable=True),
        sa.Column("receipts", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("already_stored", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("committed_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('receiving', 'queued', 'working', 'done', 'refused')", name=op.f("ck_batch_state")
        ),
        sa.CheckConstraint("format IN ('xml', 'ndjson')", name=op.f("ck_batch_format")),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
    )
    op.create_index(
        "ix_batch_facility_fingerprint",
        BATCH,
        ["facility", "fingerprint"],
        unique=True,
        sqlite_where=NOT_REFUSED,
        postgresql_where=NOT_REFUSED,
    )
    op.create_index("ix_batch_facility_created_at", BATCH, ["facility", "created_at"])


def _make_chunk() -> None:
    op.create_table(
        CHUNK,
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_batch_chunk"),
    )


def _make_receipt() -> None:
    op.create_table(
        RECEIPT,
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("findings", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "result IN ('stored', 'already-stored', 'corrected', 'refused')",
            name=op.f("ck_batch_receipt_result"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "position", name="pk_batch_receipt"),
    )
    op.create_index("ix_batch_receipt_batch_id_kind_key", RECEIPT, ["batch_id", "kind", "key"])


def _wall() -> None:
    """Show a facility its own batches, the insurer all of them, and the leases to the upkeep alone."""
    for table, rights in GRANTS.items():
        op.execute(f"GRANT {rights} ON {table} TO {APP_ROLE}")
        for wall in ("ENABLE", "FORCE"):
            op.execute(f"ALTER TABLE {table} {wall} ROW LEVEL SECURITY")
    for table in (BATCH, CHUNK, RECEIPT):
        op.execute(
            f"CREATE POLICY own_records ON {table} FOR ALL TO {APP_ROLE} USING ({OWN}) WITH CHECK ({OWN})"
        )
        op.execute(f"CREATE POLICY insurer_reads ON {table} FOR SELECT TO {APP_ROLE} USING ({INSURER})")
    op.execute(
        f"CREATE POLICY upkeep ON {LEASE} FOR ALL TO {APP_ROLE} USING ({GATEWAY}) WITH CHECK ({GATEWAY})"
    )
