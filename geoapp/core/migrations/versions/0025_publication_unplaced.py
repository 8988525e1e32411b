"""Records that a publication moved although no point of their own said so: restoring puts them back."""

from alembic import op

revision = "0025"
down_revision = "0024"

CHANGES = """
CREATE TABLE publication_unplaced (
    publication_id bigint NOT NULL CONSTRAINT fk_publication_unplaced_publication_id_publication REFERENCES publication (id),
    register text NOT NULL,
    county_code text NOT NULL,
    record_id bigint NOT NULL,
    region_key bigint NOT NULL,
    placed smallint,
    went_to bigint NOT NULL,
    CONSTRAINT pk_publication_unplaced PRIMARY KEY (publication_id, register, county_code, record_id)
);
ALTER TABLE publication_unplaced ENABLE ROW LEVEL SECURITY;
ALTER TABLE publication_unplaced FORCE ROW LEVEL SECURITY;
DO $$
BEGIN
    EXECUTE format('CREATE POLICY owner_all ON publication_unplaced TO %I USING (true) WITH CHECK (true)', current_user);
END $$
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(CHANGES)


def downgrade() -> None:
    op.execute("DROP TABLE publication_unplaced")
