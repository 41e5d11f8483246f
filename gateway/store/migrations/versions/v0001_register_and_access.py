"""The insurer's register, the clients, and who saw what."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "access_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("facility", sa.String(), nullable=True),
        sa.Column("clerk_name", sa.String(), nullable=True),
        sa.Column("clerk_id", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_log"),
    )
    op.create_index("ix_access_log_at", "access_log", ["at"])
    op.create_index("ix_access_log_person_at", "access_log", ["person", "at"])
    op.create_table(
        "client",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("facility", sa.String(), nullable=True),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("public_jwk", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(role = 'facility' AND facility IS NOT NULL) OR (role = 'insurer' AND facility IS NULL)",
            name="ck_client_role",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_client"),
    )
    op.create_table(
        "facility",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("former_level", sa.String(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "former_level IN ('commune', 'district', 'provincial', 'central')",
            name="ck_facility_former_level",
        ),
        sa.CheckConstraint("level IN ('primary', 'basic', 'specialized')", name="ck_facility_level"),
        sa.PrimaryKeyConstraint("code", name="pk_facility"),
    )
    op.create_table(
        "idempotency",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("facility", sa.String(), nullable=True),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "key", name="pk_idempotency"),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("national_id", sa.String(), nullable=True),
        sa.Column("insurance_number", sa.String(), nullable=True),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("birth_date", sa.String(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sex IN ('male', 'female', 'unknown')", name="ck_member_sex"),
        sa.CheckConstraint(
            "national_id IS NOT NULL OR insurance_number IS NOT NULL", name="ck_member_known_by_a_number"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_member"),
        sa.UniqueConstraint("insurance_number", name="uq_member_insurance_number"),
        sa.UniqueConstraint("national_id", name="uq_member_national_id"),
    )
    op.create_table(
        "mismatch_count",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "hour", name="pk_mismatch_count"),
    )
    op.create_table(
        "used_assertion",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "jti", name="pk_used_assertion"),
    )
    op.create_index("ix_used_assertion_expires_at", "used_assertion", ["expires_at"])
    op.create_table(
        "cover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("card_number", sa.String(), nullable=False),
        sa.Column("primary_facility", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("five_years_from", sa.Date(), nullable=True),
        sa.Column("living_area", sa.String(), nullable=True),
        sa.Column("revoked_from", sa.Date(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_cover_member_id_member"),
        sa.PrimaryKeyConstraint("id", name="pk_cover"),
        sa.UniqueConstraint("card_number", "valid_from", name="uq_cover_card_number_valid_from"),
    )
    op.create_index("ix_cover_member_id", "cover", ["member_id"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("cover")
    op.drop_table("used_assertion")
    op.drop_table("mismatch_count")
    op.drop_table("member")
    op.drop_table("idempotency")
    op.drop_table("facility")
    op.drop_table("client")
    op.drop_table("access_log")
