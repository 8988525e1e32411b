"""Kept cells packed, a row for each region and tile; kept points in smaller squares.

The tile of a whole city reads as many rows as it has grids, not twenty times as many; the nearest
tiles read little more than the points they show.
"""

from alembic import op

revision = "0005a"
down_revision = "0005"

IN_SCOPE = """
    CASE WHEN region_key >= (SELECT current_setting('app.scope_lo', true)::bigint)
          AND region_key <= (SELECT current_setting('app.scope_hi', true)::bigint)
         THEN (SELECT coalesce(current_setting('app.scope_ranges', true), '') = '')
              OR region_key <@ (SELECT nullif(current_setting('app.scope_ranges', true), '')::int8multirange)
         ELSE false END
"""
POINTS = """
    INSERT INTO point_block (register, bx, by, region_key, points)
    SELECT '{register}', mx >> {shift}, my >> {shift}, region_key,
           string_agg(int4send(mx) || int4send(my) || int8send(id) || int2send({category}), ''::bytea ORDER BY my, mx)
    FROM {table} WHERE mx IS NOT NULL GROUP BY mx >> {shift}, my >> {shift}, region_key
"""


def upgrade() -> None:
    pack_points(12)
    op.execute("ALTER TABLE cell_count RENAME TO cell_count_0004")
    op.execute("ALTER INDEX ix_cell_count_region_key RENAME TO ix_cell_count_0004")
    op.execute("ALTER TABLE cell_count_0004 RENAME CONSTRAINT pk_cell_count TO pk_cell_count_0004")
    op.execute("""
        CREATE TABLE cell_count (
            register text NOT NULL,
            zoom smallint NOT NULL,
            tx integer NOT NULL,
            ty integer NOT NULL,
            region_key bigint NOT NULL,
            n integer NOT NULL,
            cells bytea NOT NULL,
            CONSTRAINT pk_cell_count PRIMARY KEY (register, zoom, tx, ty, region_key)
        )
    """)
    op.execute("ALTER TABLE cell_count ALTER cells SET STORAGE EXTERNAL")
    op.execute("CREATE INDEX ix_cell_count_region_key ON cell_count (register, region_key)")
    protect()
    op.execute("""
        INSERT INTO cell_count (register, zoom, tx, ty, region_key, n, cells)
        SELECT register, zoom, cx >> 5, cy >> 5, region_key, sum(n),
               string_agg(int4send(cx) || int4send(cy) || int2send(category) || int4send(n), ''::bytea)
        FROM cell_count_0004 GROUP BY register, zoom, cx >> 5, cy >> 5, region_key
    """)
    op.execute("DROP TABLE cell_count_0004")


def downgrade() -> None:
    """The older table of cells comes back empty: loading or refreshing fills it."""
    op.execute("DROP TABLE cell_count")
    op.execute("""
        CREATE TABLE cell_count (
            register text NOT NULL, zoom smallint NOT NULL, cx integer NOT NULL, cy integer NOT NULL,
            region_key bigint NOT NULL, category smallint NOT NULL, n integer NOT NULL,
            CONSTRAINT pk_cell_count PRIMARY KEY (register, zoom, cx, cy, region_key, category)
        )
    """)
    op.execute("CREATE INDEX ix_cell_count_region_key ON cell_count (register, region_key)")
    protect()
    pack_points(15)


def pack_points(shift: int) -> None:
    """Points by squares of 2^shift units of the 2^30 world."""
    op.execute("TRUNCATE point_block")
    op.execute(POINTS.format(register="houses", table="house", category="status", shift=shift))
    op.execute(POINTS.format(register="sites", table="site", category="attention_level", shift=shift))


def protect() -> None:
    """Row policies and rights of `cell_count`, as in 0003."""
    op.execute("ALTER TABLE cell_count ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE cell_count FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY owner_all ON cell_count TO CURRENT_USER USING (true) WITH CHECK (true)")
    op.execute(f"CREATE POLICY in_scope ON cell_count TO geoapp_app USING ({IN_SCOPE}) WITH CHECK ({IN_SCOPE})")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON cell_count TO geoapp_app")
