"""Ways on for parked rows, what the registry had, and indexes of what is held or parked."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and indexes, and free what an older program's clock held."""
    receipts: tuple[sa.Column[Any], ...] = (
        sa.Column("label", sa.Text, nullable=False, server_default=""),
        sa.Column("made_by", sa.Text, nullable=False, server_default=""),
        sa.Column("found_origin", sa.Text),
        sa.Column("found_status", sa.Text),
        sa.Column("found_changed_at", sa.BigInteger),
        sa.Column("replaced_by", sa.Integer),
        sa.Column("note", sa.Text),
    )
    outbox: tuple[sa.Column[Any], ...] = (
        sa.Column("digest", sa.LargeBinary(32)),
        sa.Column("replaces", sa.LargeBinary(16)),
        sa.Column("acted_sequence", sa.Integer),
        sa.Column("handed_at", sa.BigInteger),
    )
    for table, columns in (("receipts", receipts), ("outbox", outbox)):
        for column in columns:
            op.add_column(table, column)
    op.execute("UPDATE outbox SET claimed_until = NULL, not_before = NULL")
    op.execute(
        "UPDATE receipts SET (label, made_by) = "
        "(SELECT label, made_by FROM outbox WHERE outbox.sequence = receipts.counter) "
        "WHERE counter IN (SELECT sequence FROM outbox)"
    )
    op.execute(
        "CREATE INDEX outbox_held ON outbox (sequence) "
        "WHERE claimed_until IS NOT NULL OR not_before IS NOT NULL"
    )
    op.execute("CREATE INDEX outbox_parked ON outbox (sequence) WHERE parked_reason IS NOT NULL")
