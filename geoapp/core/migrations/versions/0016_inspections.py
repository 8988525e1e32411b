"""Inspections of key sites with photos; sites know when they were seen and when they are due."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"

SQL = Path(__file__).with_name("0016_inspections.sql")


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP TABLE site_photo, site_inspection")
    op.execute("DROP SEQUENCE site_photo_id_seq, site_inspection_id_seq")
    op.execute("ALTER TABLE site DROP COLUMN inspected_on, DROP COLUMN next_due")
