"""Plans of grids: base units, drafts and their steps, locks, jobs and proposals (A9.1 to A9.6)."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"

SQL = Path(__file__).with_name("0021_planning.sql")
TABLES = (
    "plan_proposal", "plan_job", "plan_lock", "plan_log", "plan_step", "plan_grid", "plan_part", "plan", "base_unit",
    "unit_set",
)  # fmt: skip


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP VIEW plan_cell")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute(
        "UPDATE role SET permissions = ARRAY(SELECT p FROM unnest(permissions) p WHERE p NOT LIKE 'plan:%') "
        "WHERE EXISTS (SELECT FROM unnest(permissions) p WHERE p LIKE 'plan:%')"
    )
