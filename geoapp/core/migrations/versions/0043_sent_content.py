"""A form that was carried out is told from another one under the same token."""

from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.execute("ALTER TABLE sent_form ADD COLUMN content bytea")


def downgrade() -> None:
    op.execute("ALTER TABLE sent_form DROP COLUMN content")
