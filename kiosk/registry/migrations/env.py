"""What Alembic runs: the connection comes from whoever brings the schema up to date."""

from alembic import context

from kiosk.registry.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
)
with context.begin_transaction():
    context.run_migrations()
