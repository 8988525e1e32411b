"""People by when they were last served are counted from the index alone, also within a county (A1.5)."""

from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.execute("DROP INDEX ix_resident_served")
    # statements name the county, since it chooses the partition: without it in the index each row is looked up
    op.execute("CREATE INDEX ix_resident_served ON resident (region_key, served_on, county_code) WHERE state = 'active'")


def downgrade() -> None:
    op.execute("DROP INDEX ix_resident_served")
    op.execute("CREATE INDEX ix_resident_served ON resident (region_key, served_on) WHERE state = 'active'")
