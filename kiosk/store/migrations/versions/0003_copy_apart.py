"""The copy of the registry's word lies in a file of its own; here it only takes room."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Drop the copy and its cursor; it is pulled anew."""
    op.drop_table("accounts")
    op.execute("DELETE FROM meta WHERE key = 'cursor'")
