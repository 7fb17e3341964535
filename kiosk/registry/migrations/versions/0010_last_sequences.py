"""How far each device's own numbers have come."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Keep the highest number of each device, and take it from what is known."""
    op.add_column(
        "devices", sa.Column("last_sequence", sa.BigInteger, nullable=False, server_default="0")
    )
    op.execute(
        "UPDATE devices SET last_sequence = coalesce((SELECT max(sequence) FROM operations"
        " WHERE operations.device = devices.device), 0)"
    )
