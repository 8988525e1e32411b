"""Claims of places are taken back as if they had never been, merged facts go back to what they were (A8.13)."""

from pathlib import Path

from alembic import op

revision = "0038"
down_revision = "0037"

SQL = Path(__file__).with_name("0038_claims.sql")


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP FUNCTION unclaim_place")
    op.execute("ALTER TABLE import_row DROP COLUMN before_enc")
