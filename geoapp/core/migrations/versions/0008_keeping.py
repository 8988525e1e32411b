"""Keeping and giving: tombstones, requests of persons, exports, modules and their assessments."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"

SQL = Path(__file__).with_suffix(".sql")
TABLES = ("tombstone", "subject_request", "export_log", "export_request", "module", "impact_assessment")


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
