"""What facilities send; claims partitioned by month of receipt on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "claim",
        sa.Column("received_month", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("patient", sa.String(), nullable=True),
        sa.Column("created_low", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_high", sa.DateTime(timezone=True), nullable=True),
        sa.Column("presence_id", sa.Uuid(), nullable=True),
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=True),
        sa.Column("national_id", sa.String(), nullable=True),
        sa.Column("insurance_number", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("received_month", "id", name="pk_claim"),
        postgresql_partition_by="RANGE (received_month)",
    )
    op.create_index("ix_claim_created_low", "claim", ["created_low"])
    op.create_index("ix_claim_facility_visit_id", "claim", ["facility", "visit_id"])
    op.create_index("ix_claim_insurance_number", "claim", ["insurance_number"])
    op.create_index("ix_claim_national_id", "claim", ["national_id"])
    op.create_index("ix_claim_received_at", "claim", ["received_at"])
    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("stamped_low", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stamped_high", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=True),
        sa.Column("national_id", sa.String(), nullable=True),
        sa.Column("insurance_number", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('birth', 'death')", name="ck_document_kind"),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
    )
    op.create_index("ix_document_insurance_number", "document", ["insurance_number"])
    op.create_index("ix_document_national_id", "document", ["national_id"])
    op.create_index("ix_document_number", "document", ["number"])
    op.create_table(
        "encounter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("patient", sa.String(), nullable=True),
        sa.Column("period_low", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_high", sa.DateTime(timezone=True), nullable=True),
        sa.Column("presence_id", sa.Uuid(), nullable=True),
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=True),
        sa.Column("national_id", sa.String(), nullable=True),
        sa.Column("insurance_number", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_encounter"),
        sa.UniqueConstraint("presence_id", name="uq_encounter_presence_id"),
    )
    op.create_index("ix_encounter_facility_visit_id", "encounter", ["facility", "visit_id"])
    op.create_index("ix_encounter_insurance_number", "encounter", ["insurance_number"])
    op.create_index("ix_encounter_national_id", "encounter", ["national_id"])
    op.create_index("ix_encounter_received_at", "encounter", ["received_at"])
    op.create_table(
        "original",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_original"),
        sa.UniqueConstraint("facility", "sha256", name="uq_original_facility_sha256"),
    )
    op.create_table(
        "presence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("national_id", sa.String(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("birth_date", sa.String(), nullable=False),
        sa.Column("card_valid_to", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("training", sa.Boolean(), nullable=False),
        sa.Column("consumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("visit_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_presence"),
    )
    op.create_table(
        "record_key",
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("business_key", sa.String(), nullable=False),
        sa.Column("received_month", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("facility", "kind", "business_key", name="pk_record_key"),
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("patient", sa.String(), nullable=True),
        sa.Column("card_number", sa.String(), nullable=True),
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=True),
        sa.Column("national_id", sa.String(), nullable=True),
        sa.Column("insurance_number", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_resource"),
    )
    op.create_index("ix_resource_type_card_number", "resource", ["type", "card_number"])
    op.create_index("ix_resource_type_insurance_number", "resource", ["type", "insurance_number"])
    op.create_index("ix_resource_type_national_id", "resource", ["type", "national_id"])
    op.create_table(
        "visit",
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("national_id", sa.String(), nullable=True),
        sa.Column("insurance_number", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("facility", "visit_id", name="pk_visit"),
    )
    op.create_index("ix_visit_insurance_number_service_date", "visit", ["insurance_number", "service_date"])
    op.create_index("ix_visit_national_id_service_date", "visit", ["national_id", "service_date"])
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE TABLE claim_default PARTITION OF claim DEFAULT")


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("visit")
    op.drop_table("resource")
    op.drop_table("record_key")
    op.drop_table("presence")
    op.drop_table("original")
    op.drop_table("encounter")
    op.drop_table("document")
    op.drop_table("claim")
