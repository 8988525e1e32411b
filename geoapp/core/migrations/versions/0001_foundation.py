"""The foundation: regions, buildings, houses, people, sites, accounts, kept counts, row policies.

Written as SQL so that partitioning, generated columns and policies stand where a reader of the
database looks for them. Big tables are partitioned by county and carry the county in every key
(docs/scaling.md); row policies compare a numeric region key with the transaction's ranges (D3.7).
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

SQL = Path(__file__).with_name("0001_foundation.sql")


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
