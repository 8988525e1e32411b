"""The audit log: events, the records they name, seals, verifications; append only for the owner too."""

from pathlib import Path

from alembic import op

revision = "0004a"
down_revision = "0004"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP TABLE audit_check, audit_state, audit_seal, audit_forgotten, audit_object, audit_event")
    op.execute("DROP FUNCTION audit_refuse, audit_forgotten_only")
