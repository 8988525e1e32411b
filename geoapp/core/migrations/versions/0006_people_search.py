"""People are found by tokens and hashes, searches are kept sealed, kept counts obey their register.

Who is there already gets tokens in 0007, batch by batch: this one holds locks.
"""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005a"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP TABLE saved_search, name_token")
    op.execute("ALTER TABLE resident DROP COLUMN phone_hash")
