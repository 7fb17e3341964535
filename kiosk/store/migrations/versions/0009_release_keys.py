"""The keys of release codes that this device was handed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "release_keys",
        sa.Column("kiosk", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kiosk_key", sa.LargeBinary(32), nullable=False),
        sa.Column("registry_key", sa.LargeBinary(32)),
    )
