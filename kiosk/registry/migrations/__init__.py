"""The Alembic environment of the registry's schema."""
