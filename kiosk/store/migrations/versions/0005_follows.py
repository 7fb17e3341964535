"""A row says which one of the same person it follows; an index of persons is needed no more."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column, say it of what waits, and drop the index."""
    op.add_column("outbox", sa.Column("follows", sa.Integer))
    op.execute(
        "UPDATE outbox SET follows = line.before FROM ("
        " SELECT sequence, lag(sequence) OVER (PARTITION BY subject ORDER BY sequence) AS before"
        " FROM outbox) AS line"
        " WHERE line.sequence = outbox.sequence AND line.before IS NOT NULL"
    )
    op.drop_index("outbox_by_subject", "outbox")
