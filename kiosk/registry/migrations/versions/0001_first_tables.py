"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_GROWING = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make people, operations, changes, audit and meta."""
    op.create_table(
        "people",
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("ref", sa.String(32), nullable=False),
        sa.Column("holder_id", sa.Text),
        sa.Column("card_number", sa.Text, nullable=False),
        sa.Column("cpf", sa.String(11)),
        sa.Column("birth_date", sa.Date, nullable=False),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("social_name", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("email_key", sa.Text),
        sa.Column("email_source", sa.Text),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("plan_hash_digest", sa.LargeBinary(32)),
        sa.Column("credential_changed_at", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("credential_changed_by", sa.Text),
        sa.Column("email_changed_at", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("email_changed_by", sa.Text),
        sa.PrimaryKeyConstraint("person_id", name="pk_people"),
    )
    op.create_index("ix_people_ref", "people", ["ref"], unique=True)
    op.create_index("ix_people_card_number", "people", ["card_number"], unique=True)
    op.create_index("ix_people_cpf", "people", ["cpf"], unique=True)
    op.create_index("ix_people_email_key", "people", ["email_key"])
    op.create_table(
        "operations",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("seen", sa.Text),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("decided_at", sa.BigInteger, nullable=False),
        sa.Column("person_id", sa.Text),
        sa.Column("card_proof", sa.LargeBinary(32)),
        sa.Column("birth_proof", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_operations"),
    )
    op.create_index(
        "ix_operations_device_receipt", "operations", ["device", "receipt"], unique=True
    )
    op.create_table(
        "changes",
        sa.Column("position", _GROWING, nullable=False, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text),
        sa.Column("operation_id", sa.LargeBinary(16)),
        sa.Column("device", sa.Text),
        sa.PrimaryKeyConstraint("position", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audit",
        sa.Column("id", _GROWING, nullable=False, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("device", sa.Text),
        sa.Column("operation_id", sa.LargeBinary(16)),
        sa.Column("person_id", sa.Text),
        sa.Column("detail", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )
