"""Files of departments and their rows until a grid claims them (A8.1 to A8.13)."""

from pathlib import Path

from alembic import op

revision = "0029"
down_revision = "0028"

SQL = Path(__file__).with_name("0029_importing.sql")


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP POLICY of_rows ON import_batch")
    op.execute("DROP TABLE import_row")
    op.execute("DROP TABLE import_batch")
