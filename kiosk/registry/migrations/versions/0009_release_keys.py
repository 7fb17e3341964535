"""How often the release keys of a kiosk were changed, and which key each device seals to."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns."""
    op.add_column(
        "devices",
        sa.Column("release_generation", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.add_column(
        "devices",
        sa.Column("release_changed_at", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.add_column("devices", sa.Column("seals_to", sa.String(16)))
