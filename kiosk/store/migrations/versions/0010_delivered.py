"""What the registry took in lately, to be sent again to one that was restored."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table; what was delivered before is not in it."""
    op.create_table(
        "delivered",
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.LargeBinary(32), nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("seen", sa.Text),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(32)),
        sa.Column("replaces", sa.LargeBinary(16)),
        sa.Column("acted_sequence", sa.Integer),
        sa.Column("decided_at", sa.BigInteger, nullable=False),
    )
