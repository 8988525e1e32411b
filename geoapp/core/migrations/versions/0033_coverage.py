"""When somebody was last served, beside who they are and each of their enrolments: coverage is counted from it (A1.5)."""

from alembic import op

revision = "0033"
down_revision = "0032"

CHANGES = """
ALTER TABLE resident ADD COLUMN served_on date;
ALTER TABLE enrolment ADD COLUMN served_on date;
UPDATE resident r SET served_on = s.latest FROM (
    SELECT county_code, resident_id, max(served_on) AS latest FROM service_recipient WHERE kind = 'residents' GROUP BY 1, 2
) s WHERE r.county_code = s.county_code AND r.id = s.resident_id;
CREATE INDEX ix_resident_served ON resident (region_key, served_on) WHERE state = 'active';
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(CHANGES)


def downgrade() -> None:
    op.execute("ALTER TABLE resident DROP COLUMN served_on")
    op.execute("ALTER TABLE enrolment DROP COLUMN served_on")
