"""One step of a region's share of people served, for the map: whose region it is is looked at once, not at each row."""

from alembic import op

revision = "0044"
down_revision = "0043"

SHARE = """
-- steps as in region_coverage; by one span alone, since a tile shows one
CREATE FUNCTION region_share(place bigint, days integer) RETURNS smallint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN n < 40 THEN 0 ELSE width_bucket(100.0 * reached / n, ARRAY[25, 50, 75, 90]::numeric[]) + 1 END
    FROM region g, LATERAL (
        SELECT count(*) AS n, count(*) FILTER (WHERE served_on > current_date - days) AS reached
        FROM resident r WHERE r.region_key BETWEEN g.key AND g.hi AND r.state = 'active'
    ) counted
    WHERE g.key = place AND 'coverage' = ANY (string_to_array(current_setting('app.reads', true), ','))
    AND g.key >= current_setting('app.scope_lo', true)::bigint AND g.hi <= current_setting('app.scope_hi', true)::bigint
    AND (coalesce(current_setting('app.scope_ranges', true), '') = ''
         OR int8range(g.key, g.hi, '[]') <@ nullif(current_setting('app.scope_ranges', true), '')::int8multirange)
$$;
REVOKE ALL ON FUNCTION region_share(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION region_share(bigint, integer) TO geoapp_app
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SHARE)


def downgrade() -> None:
    op.execute("DROP FUNCTION region_share(bigint, integer)")
