"""Grid boundaries with dates, and the publications that changed them."""

from pathlib import Path

from alembic import op

revision = "0023"
down_revision = "0022"

SQL = Path(__file__).with_name("0023_publishing.sql")


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP VIEW region_dated")
    op.execute("DROP TABLE past_grid, publication_grid, publication")
