"""Failures in a row, what was typed at each device, resets, codes, and outgoing mail."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_GROWING = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables by which attempts are bounded."""
    op.create_table(
        "throttles",
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("failures", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("subject", "device", name="pk_throttles"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sweeps",
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("device", "subject", name="pk_sweeps"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "resets",
        sa.Column("operation_id", sa.LargeBinary(16), nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("operation_id", name="pk_resets"),
    )
    op.create_index("ix_resets_subject", "resets", ["subject"])
    op.create_index("ix_resets_device", "resets", ["device", "at"])
    op.create_table(
        "spent_codes",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_spent_codes"),
    )
    op.create_index("ix_spent_codes_at", "spent_codes", ["at"])
    op.create_table(
        "email_codes",
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("issued_at", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.BigInteger, nullable=False),
        sa.Column("sendings", sa.BigInteger, nullable=False),
        sa.Column("window_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("subject", "device", "purpose", name="pk_email_codes"),
    )
    op.create_table(
        "outgoing",
        sa.Column("id", _GROWING, nullable=False, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outgoing"),
        sqlite_autoincrement=True,
    )
