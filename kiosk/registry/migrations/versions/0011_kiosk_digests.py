"""What kiosks know of each card, and which operations were taken without it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table and add the column."""
    op.create_table(
        "digests",
        sa.Column("card", sa.LargeBinary(15), nullable=False),
        sa.Column("verifier", sa.LargeBinary(15)),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("inputs", sa.LargeBinary(16), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("card", name="pk_digests"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_digests_person_id", "digests", ["person_id"])
    op.create_index("ix_digests_position", "digests", ["position"])
    op.add_column("operations", sa.Column("unverified", sa.Integer))
