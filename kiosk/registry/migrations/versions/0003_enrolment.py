"""Devices that are enrolled, their keys, and the codes that let them in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make devices what is known of them from enrolment on, and add keys and codes."""
    with op.batch_alter_table("devices") as table:
        table.alter_column("heard_at", existing_type=sa.BigInteger, nullable=True)
        for name in ("name", "site", "face"):
            table.add_column(sa.Column(name, sa.Text))
        table.add_column(sa.Column("state", sa.Text, nullable=False, server_default="unenrolled"))
        table.add_column(sa.Column("state_at", sa.BigInteger, nullable=False, server_default="0"))
    op.create_table(
        "device_keys",
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("public_key", sa.LargeBinary(32), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("first_used_at", sa.BigInteger),
        sa.Column("valid_until", sa.BigInteger),
        sa.PrimaryKeyConstraint("key_id", name="pk_device_keys"),
    )
    op.create_index("ix_device_keys_device", "device_keys", ["device"])
    op.create_table(
        "enrolment_codes",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("device", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("face", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_by", sa.String(32)),
        sa.PrimaryKeyConstraint("digest", name="pk_enrolment_codes"),
    )
