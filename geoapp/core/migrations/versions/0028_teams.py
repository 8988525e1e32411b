"""Service teams, their members and records of what they did for whom (A1)."""

from pathlib import Path

from alembic import op

revision = "0028"
down_revision = "0027"

SQL = Path(__file__).with_name("0028_teams.sql")


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP TABLE service_photo, service_recipient, service_record, team_member, team")
    op.execute("DROP SEQUENCE service_photo_id_seq, service_record_id_seq, team_member_id_seq, team_id_seq")
