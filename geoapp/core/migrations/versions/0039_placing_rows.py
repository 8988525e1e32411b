"""A file whose positions name no system of coordinates waits for its sender to choose one (D4.2)."""

from alembic import op

revision = "0039"
down_revision = "0038"

OPEN = "CREATE INDEX ix_import_batch_open ON import_batch (id) WHERE state IN ({states})"
STATES = "'waiting', 'running', 'done', 'failed', 'cancelled'"


def upgrade() -> None:
    op.execute("ALTER TABLE import_batch ADD COLUMN crs text, ADD COLUMN unclear jsonb")
    _states(f"{STATES}, 'asking'", "'waiting', 'running', 'asking'")
    op.execute("GRANT UPDATE (crs) ON import_batch TO geoapp_app")


def downgrade() -> None:
    op.execute("UPDATE import_batch SET state = 'waiting' WHERE state = 'asking'")
    op.execute("ALTER TABLE import_batch DROP COLUMN crs, DROP COLUMN unclear")
    _states(STATES, "'waiting', 'running'")


def _states(known: str, open_ones: str) -> None:
    op.execute("ALTER TABLE import_batch DROP CONSTRAINT ck_import_batch_state")
    op.execute(f"ALTER TABLE import_batch ADD CONSTRAINT ck_import_batch_state CHECK (state IN ({known}))")
    op.execute("DROP INDEX ix_import_batch_open")
    op.execute(OPEN.format(states=open_ones))
