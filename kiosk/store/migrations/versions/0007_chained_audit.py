"""Each line of the audit carries a link, and stays as it is."""

import time

import sqlalchemy as sa
from alembic import op

from kiosk.database.chained_tables import ChainedTable
from kiosk.database.statements import driver_of

revision = "0007"
down_revision = "0006"

_TRAIL = ChainedTable("audit", ("at", "event", "operation", "detail"))


def upgrade() -> None:
    """Chain what is there as it is found, and say so behind it."""
    driver = driver_of(op.get_bind())
    op.rename_table("audit", "audit_before")
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("operation", sa.LargeBinary(16)),
        sa.Column("detail", sa.Text),
        sa.Column("link", sa.LargeBinary(32), nullable=False),
    )
    head = _TRAIL.chain_rows_of(driver, "audit_before")
    op.drop_table("audit_before")
    if head.number:
        now = time.time_ns() // 1_000_000
        _TRAIL.append(driver, [(now, "chain_began", None, f"before={head.number}")])
    op.create_index(
        "audit_restored",
        "audit",
        ["id"],
        sqlite_where=sa.text("event = 'chain_restored'"),
    )
    for guard in _TRAIL.guards():
        op.execute(guard)
