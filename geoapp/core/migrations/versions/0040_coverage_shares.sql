-- The share of a region's residents who were served, for readers who may see neither them nor their number (A1.5, D3.4).

-- steps as in layers/registers/coverage.py: 0 below forty residents, then up to five by 25, 50, 75 and 90 per cent;
-- of a region of the reader's area alone, and only for who may see coverage
CREATE FUNCTION region_coverage(place bigint, OUT d30 smallint, OUT d90 smallint, OUT d365 smallint, OUT latest date, OUT teams integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN n < 40 THEN 0 ELSE width_bucket(100.0 * n30 / n, ARRAY[25, 50, 75, 90]::numeric[]) + 1 END,
           CASE WHEN n < 40 THEN 0 ELSE width_bucket(100.0 * n90 / n, ARRAY[25, 50, 75, 90]::numeric[]) + 1 END,
           CASE WHEN n < 40 THEN 0 ELSE width_bucket(100.0 * n365 / n, ARRAY[25, 50, 75, 90]::numeric[]) + 1 END,
           CASE WHEN n < 40 THEN NULL ELSE last END,
           (SELECT count(*) FROM team t WHERE t.region_key <= g.key AND t.area_hi >= g.hi AND t.state = 'active')
    FROM region g, LATERAL (
        SELECT count(*) AS n, max(served_on) AS last,
               count(*) FILTER (WHERE served_on > current_date - 30) AS n30,
               count(*) FILTER (WHERE served_on > current_date - 90) AS n90,
               count(*) FILTER (WHERE served_on > current_date - 365) AS n365
        FROM resident r WHERE r.region_key BETWEEN g.key AND g.hi AND r.state = 'active'
    ) counted
    WHERE g.key = place AND 'coverage' = ANY (string_to_array(current_setting('app.reads', true), ','))
    AND g.key >= current_setting('app.scope_lo', true)::bigint AND g.hi <= current_setting('app.scope_hi', true)::bigint
    AND (coalesce(current_setting('app.scope_ranges', true), '') = ''
         OR int8range(g.key, g.hi, '[]') <@ nullif(current_setting('app.scope_ranges', true), '')::int8multirange)
$$;
REVOKE ALL ON FUNCTION region_coverage(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION region_coverage(bigint) TO geoapp_app;

-- a tile of coverage is renamed when its people change, also for who sees no people
CREATE POLICY coverage ON tile_version FOR SELECT TO geoapp_app USING (
    register = 'residents' AND (SELECT 'coverage' = ANY (string_to_array(current_setting('app.reads', true), ',')))
    AND region_key BETWEEN current_setting('app.scope_lo', true)::bigint AND current_setting('app.scope_hi', true)::bigint
    AND ((SELECT coalesce(current_setting('app.scope_ranges', true), '') = '')
         OR region_key <@ (SELECT nullif(current_setting('app.scope_ranges', true), '')::int8multirange))
);
