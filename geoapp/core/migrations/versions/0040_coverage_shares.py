"""Shares of residents served, in steps, for readers who see no residents (A1.5, D3.4)."""

from pathlib import Path

from alembic import op

revision = "0040"
down_revision = "0039"

SQL = Path(__file__).with_name("0040_coverage_shares.sql")


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP POLICY coverage ON tile_version")
    op.execute("DROP FUNCTION region_coverage(bigint)")
