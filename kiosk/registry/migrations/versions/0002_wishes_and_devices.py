"""Operations that are sent again, what the registry had, and the clocks of devices."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns to operations and people, and make devices."""
    for name in ("credential_sequence", "email_sequence"):
        column = sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
        op.add_column("people", column)
    op.add_column("operations", sa.Column("wish", sa.LargeBinary(16)))
    op.add_column("operations", sa.Column("found_origin", sa.Text))
    op.add_column("operations", sa.Column("found_status", sa.Text))
    op.add_column("operations", sa.Column("found_changed_at", sa.BigInteger))
    op.create_index("ix_operations_wish", "operations", ["wish"])
    op.create_table(
        "devices",
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("heard_at", sa.BigInteger, nullable=False),
        sa.Column("skew_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("device", name="pk_devices"),
    )
