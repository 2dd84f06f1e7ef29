"""Alembic's entry: runs the revisions on the connection that `migrations.upgrade` opened."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], target_metadata=None, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
