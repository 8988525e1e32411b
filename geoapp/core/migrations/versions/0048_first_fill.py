"""The first fill of a city is a page: what is asked for, what its dry run said, how far it is (A8).

Nobody can ask for the writing of a file before its dry run has said what it will do, and until it was
written no grid sees its rows.
"""

from alembic import op

revision = "0048"
down_revision = "0047"

INSIDE = """region_key BETWEEN current_setting('app.scope_lo', true)::bigint
    AND current_setting('app.scope_hi', true)::bigint
    AND ((SELECT coalesce(current_setting('app.scope_ranges', true), '') = '')
         OR region_key <@ (SELECT nullif(current_setting('app.scope_ranges', true), '')::int8multirange))"""
CHANGES = f"""
CREATE TABLE first_fill (
    batch_id bigint NOT NULL CONSTRAINT pk_first_fill PRIMARY KEY
        CONSTRAINT fk_first_fill_batch_id_import_batch REFERENCES import_batch (id) ON DELETE CASCADE,
    region_key bigint NOT NULL,
    state text NOT NULL DEFAULT 'checking',
    dry jsonb,
    report jsonb,
    asked_by bigint CONSTRAINT fk_first_fill_asked_by_app_user REFERENCES app_user (id),
    asked_at timestamptz,
    stop_asked boolean NOT NULL DEFAULT false,
    starts smallint NOT NULL DEFAULT 0,
    total integer NOT NULL DEFAULT 0,
    begun_done integer NOT NULL DEFAULT 0,
    done integer NOT NULL DEFAULT 0,
    begun_at timestamptz,
    moved_at timestamptz,
    ended_at timestamptz,
    error jsonb,
    CONSTRAINT ck_first_fill_state
        CHECK (state IN ('checking', 'checked', 'writing', 'stopped', 'written', 'dropped')),
    CONSTRAINT ck_first_fill_checked_first
        CHECK (dry IS NOT NULL OR asked_at IS NULL AND state IN ('checking', 'dropped'))
);
CREATE INDEX ix_first_fill_region_key ON first_fill (region_key);
CREATE INDEX ix_first_fill_open ON first_fill (batch_id) WHERE state NOT IN ('written', 'dropped');
ALTER TABLE first_fill ENABLE ROW LEVEL SECURITY;
ALTER TABLE first_fill FORCE ROW LEVEL SECURITY;
CREATE POLICY in_scope ON first_fill TO geoapp_app USING ({INSIDE}) WITH CHECK ({INSIDE});
GRANT SELECT, INSERT (batch_id, region_key), UPDATE (asked_by, asked_at, stop_asked) ON first_fill TO geoapp_app;

-- Files that are not written yet; the process that deals with one of them names it in app.fill.
CREATE FUNCTION open_fills() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(batch_id), '{{}}') FROM first_fill WHERE state NOT IN ('written', 'dropped')
    AND batch_id::text IS DISTINCT FROM current_setting('app.fill', true)
$$;
REVOKE ALL ON FUNCTION open_fills FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_fills TO geoapp_app;
CREATE POLICY after_the_fill ON import_row AS RESTRICTIVE TO geoapp_app
    USING (batch_id <> ALL ((SELECT open_fills())::bigint[]))
"""  # noqa: S608 - words of ours


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(CHANGES)
    owner = str(bind.exec_driver_sql("SELECT quote_ident(current_user)").scalar())
    bind.exec_driver_sql(f"CREATE POLICY owner_all ON first_fill TO {owner} USING (true) WITH CHECK (true)")


def downgrade() -> None:
    op.execute("DROP POLICY after_the_fill ON import_row")
    op.execute("DROP FUNCTION open_fills()")
    op.execute("DROP TABLE first_fill")
