"""By which generation of the national tables each record of a batch was read, and a batch as a whole.

The code of the schema before goes on running on this one: it leaves both empty.
"""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.versions.v0003_walls import APP_ROLE

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BATCH, RECEIPT = "batch", "batch_receipt"
READ_AS = "read_as"


def upgrade() -> None:
    """Add the columns; whoever works a batch off may write what it was read as."""
    op.add_column(BATCH, sa.Column(READ_AS, sa.JSON(), nullable=True))
    op.add_column(RECEIPT, sa.Column("generation", sa.String(), nullable=True))
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"GRANT UPDATE ({READ_AS}) ON {BATCH} TO {APP_ROLE}")


def downgrade() -> None:
    """Drop the columns, and the right to one with it."""
    op.drop_column(RECEIPT, "generation")
    op.drop_column(BATCH, READ_AS)
