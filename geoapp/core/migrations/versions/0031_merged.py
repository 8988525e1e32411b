"""A resident's record that was merged points to the one that stayed."""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.execute("ALTER TABLE resident ADD COLUMN merged_into bigint")


def downgrade() -> None:
    op.execute("ALTER TABLE resident DROP COLUMN merged_into")
