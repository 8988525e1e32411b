-- Points of a register as packed columns, a row for each region and square of the world: tiles of
-- points read a few of these rows instead of thousands of records (spatial_queries/blocks.py).
CREATE TABLE point_block (
    register text NOT NULL,
    bx integer NOT NULL,
    by integer NOT NULL,
    region_key bigint NOT NULL,
    points bytea NOT NULL,
    CONSTRAINT pk_point_block PRIMARY KEY (register, bx, by, region_key)
);
-- packed numbers hardly shrink, and unpacking costs more than reading them
ALTER TABLE point_block ALTER points SET STORAGE EXTERNAL;
CREATE INDEX ix_point_block_region_key ON point_block (register, region_key);

-- Row policies read the transaction's settings once a statement instead of once a row. CASE keeps
-- the comparison from the planner, who could neither estimate it nor should scan by it: every query
-- brings its own scope as literals (grids_boundaries.scope), and that is what opens the index.
DO $$
DECLARE
    t text;
    key_column text;
    reads text;
    inside text := 'CASE WHEN %1$I >= (SELECT current_setting(''app.scope_lo'', true)::bigint)'
        ' AND %1$I <= (SELECT current_setting(''app.scope_hi'', true)::bigint)'
        ' THEN (SELECT coalesce(current_setting(''app.scope_ranges'', true), '''') = '''')'
        ' OR %1$I <@ (SELECT nullif(current_setting(''app.scope_ranges'', true), '''')::int8multirange)'
        ' ELSE false END';
    allowed text := '(SELECT %L = ANY (string_to_array(current_setting(''app.reads'', true), '','')))';
    condition text;
BEGIN
    ALTER TABLE point_block ENABLE ROW LEVEL SECURITY;
    ALTER TABLE point_block FORCE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY owner_all ON point_block TO %I USING (true) WITH CHECK (true)', current_user);
    CREATE POLICY in_scope ON point_block TO geoapp_app USING (false) WITH CHECK (false);
    FOR t, key_column, reads IN VALUES
        ('region', 'key', 'regions'), ('building', 'region_key', 'buildings'), ('house', 'region_key', 'houses'),
        ('house_number', 'region_key', 'houses'), ('household', 'region_key', 'residents'),
        ('resident', 'region_key', 'residents'), ('residence', 'region_key', 'residents'),
        ('site', 'region_key', 'sites'), ('cell_count', 'region_key', NULL), ('region_count', 'region_key', NULL),
        ('tile_version', 'region_key', NULL), ('record_change', 'region_key', NULL),
        ('point_block', 'region_key', NULL)
    LOOP
        condition := format(inside, key_column);
        IF reads IS NOT NULL THEN
            condition := condition || ' AND ' || format(allowed, reads);
        END IF;
        IF t = 'point_block' THEN
            -- its rows hold ids and places, so the register itself must be open to the reader
            condition := condition
                || ' AND register = ANY ((SELECT string_to_array(current_setting(''app.reads'', true), '',''))::text[])';
        END IF;
        EXECUTE format('ALTER POLICY in_scope ON %I USING (%s) WITH CHECK (%s)', t, condition, condition);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON point_block TO geoapp_app;

-- what stands in the tables already; from here on loads and changes keep it (spatial_queries.kept)
INSERT INTO point_block (register, bx, by, region_key, points)
SELECT 'houses', mx >> 15, my >> 15, region_key,
       string_agg(int4send(mx) || int4send(my) || int8send(id) || int2send(status), ''::bytea ORDER BY my, mx)
FROM house WHERE mx IS NOT NULL GROUP BY mx >> 15, my >> 15, region_key
UNION ALL
SELECT 'sites', mx >> 15, my >> 15, region_key,
       string_agg(int4send(mx) || int4send(my) || int8send(id) || int2send(attention_level), ''::bytea ORDER BY my, mx)
FROM site WHERE mx IS NOT NULL GROUP BY mx >> 15, my >> 15, region_key;
