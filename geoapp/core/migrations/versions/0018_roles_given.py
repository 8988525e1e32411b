"""Default roles remember what they were made from, so that an upgrade knows which nobody has edited."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.execute("ALTER TABLE role ADD COLUMN given text[]")


def downgrade() -> None:
    op.execute("ALTER TABLE role DROP COLUMN given")
