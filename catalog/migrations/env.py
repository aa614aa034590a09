"""Alembic's entry: migrates over the connection that `catalog.database` hands it."""

from alembic import context

from catalog.every_table import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
