"""An index of what was answered: a page of the ledger reads none of what still waits."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the index."""
    op.execute("CREATE INDEX receipts_answered ON receipts (counter) WHERE outcome IS NOT NULL")
