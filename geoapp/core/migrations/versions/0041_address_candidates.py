"""Places an imported row's address may mean, with scores, for whoever claims it to choose among (A8.7)."""

from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.execute("ALTER TABLE import_row ADD COLUMN candidates jsonb")
    op.execute("GRANT UPDATE (candidates) ON import_row TO geoapp_app")


def downgrade() -> None:
    op.execute("ALTER TABLE import_row DROP COLUMN candidates")
