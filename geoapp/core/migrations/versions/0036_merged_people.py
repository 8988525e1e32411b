"""What goes along when two records of one person become one, and comes back when that is taken back."""

from pathlib import Path

from alembic import op

revision = "0036"
down_revision = "0035"

SQL = Path(__file__).with_name("0036_merged_people.sql")


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP FUNCTION people_merge, people_unmerge, people_served")
    op.execute("ALTER TABLE enrolment DROP COLUMN merged_from")
    op.execute("ALTER TABLE service_recipient DROP COLUMN merged_from")
