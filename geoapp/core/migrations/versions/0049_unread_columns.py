"""Columns of a file that are not imported: a register's list, sent back, has some that follow from others."""

from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.execute("ALTER TABLE import_batch ADD COLUMN unread text[]")


def downgrade() -> None:
    op.execute("ALTER TABLE import_batch DROP COLUMN unread")
