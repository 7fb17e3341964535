"""The first schema: outbox, receipts, audit, copy of the registry's word."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "meta",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "receipts",
        sa.Column("counter", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("operation", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("card_proof", sa.LargeBinary(32)),
        sa.Column("birth_date_proof", sa.LargeBinary(32), nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("decided_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "outbox",
        sa.Column("sequence", sa.Integer, sa.ForeignKey("receipts.counter"), primary_key=True),
        sa.Column("id", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.LargeBinary(32), nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("seen", sa.Text),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("not_before", sa.BigInteger),
        sa.Column("claimed_until", sa.BigInteger),
        sa.Column("parked_reason", sa.Text),
        sa.Column("last_error", sa.Text),
    )
    op.create_index("outbox_by_subject", "outbox", ["subject", "sequence"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("operation", sa.LargeBinary(16)),
        sa.Column("detail", sa.Text),
    )
    op.create_table(
        "accounts",
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
    )
