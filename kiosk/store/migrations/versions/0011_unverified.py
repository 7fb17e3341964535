"""A receipt says where nobody could tell here whose the card was."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column."""
    op.add_column("receipts", sa.Column("unverified", sa.Integer))
