"""What a sender of mail has to know of each: its tries, its lease, its end, and what failed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"

# What had been put there before was codes, which are good for ten minutes.
_CODE_MS = 600_000


def upgrade() -> None:
    """Add the columns; what waits keeps its place."""
    for name in ("expires_at", "attempts", "not_before", "claimed_until"):
        op.add_column(
            "outgoing", sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
        )
    op.add_column("outgoing", sa.Column("set_aside_at", sa.BigInteger))
    op.add_column("outgoing", sa.Column("last_error", sa.Text))
    op.execute(sa.text("UPDATE outgoing SET expires_at = at + :code").bindparams(code=_CODE_MS))
    op.create_index("ix_outgoing_expires_at", "outgoing", ["expires_at"])
