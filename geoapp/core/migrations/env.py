"""Alembic environment: one connection given by `geoapp.core.migrate`, with time-outs."""

from alembic import context

from geoapp.core.db import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
