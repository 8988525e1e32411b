"""How often reading a file was begun without getting any further, so that one that ends its readers ends, too."""

from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.execute("ALTER TABLE import_batch ADD COLUMN starts smallint NOT NULL DEFAULT 0")


def downgrade() -> None:
    op.execute("ALTER TABLE import_batch DROP COLUMN starts")
