"""A position that a row lacked can be completed when it is claimed (A8.12)."""

from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.execute("GRANT UPDATE (lon, lat) ON import_row TO geoapp_app")


def downgrade() -> None:
    op.execute("REVOKE UPDATE (lon, lat) ON import_row FROM geoapp_app")
