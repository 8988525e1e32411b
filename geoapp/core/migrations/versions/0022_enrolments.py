"""Enrolments in programmes, and what the daily rules have done (A4, A5, D3.3)."""

from pathlib import Path

from alembic import op

revision = "0022"
down_revision = "0021"

SQL = Path(__file__).with_name("0022_enrolments.sql")


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP FUNCTION enrolments_leave, enrolments_return, enrolments_carry")
    op.execute("DROP TABLE enrolment_event, enrolment")
    op.execute("DROP SEQUENCE enrolment_id_seq")
