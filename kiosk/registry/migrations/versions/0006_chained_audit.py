"""Each line of the audit carries a link; what is known of the chain of each device."""

import secrets
import time

import sqlalchemy as sa
from alembic import op

from kiosk.database.chained_tables import ChainedTable
from kiosk.database.statements import driver_of
from kiosk.registry.audit_trails import seal

revision = "0006"
down_revision = "0005"

_GROWING = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TRAIL = ChainedTable("audit", ("at", "what", "device", "operation_id", "person_id", "detail"))
_KEY_BYTES = 32


def upgrade() -> None:
    """Chain what is there as it is found, say so behind it, and seal the end."""
    driver = driver_of(op.get_bind())
    op.rename_table("audit", "audit_before")
    op.create_table(
        "audit",
        sa.Column("id", _GROWING, nullable=False, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("device", sa.Text),
        sa.Column("operation_id", sa.LargeBinary(16)),
        sa.Column("person_id", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("link", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    head = _TRAIL.chain_rows_of(driver, "audit_before")
    op.drop_table("audit_before")
    if head.number:
        now = time.time_ns() // 1_000_000
        began = (now, "chain_began", None, None, None, f"before={head.number}")
        head = _TRAIL.append(driver, [began])
    for guard in _TRAIL.guards():
        op.execute(guard)
    op.create_table(
        "device_chains",
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("link", sa.LargeBinary(32), nullable=False),
        sa.Column("restorations", sa.BigInteger, nullable=False),
        sa.Column("heard_at", sa.BigInteger, nullable=False),
        sa.Column("broken_how", sa.Text),
        sa.Column("broken_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("device", name="pk_device_chains"),
    )
    key = secrets.token_bytes(_KEY_BYTES)
    driver.execute("INSERT INTO meta (name, value) VALUES ('audit_key', ?)", (key,))
    seal(driver, head)
