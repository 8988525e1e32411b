"""Organisations with their own register; every table partitioned by county gets its partitions alike."""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"

SQL = Path(__file__).with_name("0015_organisations.sql")


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP TABLE organisation")
    op.execute("DROP SEQUENCE organisation_id_seq")
