"""Teams of the areas above: readable below, not writable; their latest day follows the records made there (A1.2)."""

from alembic import op

revision = "0035"
down_revision = "0034"

CHANGES = """
-- the hull is the area itself where there is one range; several ranges are looked at one by one
CREATE POLICY above ON team FOR SELECT TO geoapp_app USING (
    (SELECT 'teams' = ANY (string_to_array(current_setting('app.reads', true), ','))) AND (
        (region_key <= (SELECT nullif(current_setting('app.scope_lo', true), '')::bigint)
         AND area_hi >= (SELECT nullif(current_setting('app.scope_hi', true), '')::bigint))
        OR EXISTS (
            SELECT FROM unnest((SELECT nullif(current_setting('app.scope_ranges', true), '')::int8multirange)) AS mine
            WHERE int8range(team.region_key, team.area_hi, '[]') @> mine
        )
    )
);
-- the policies of team say which of them there are
CREATE POLICY above ON team_member FOR SELECT TO geoapp_app USING (
    EXISTS (SELECT FROM team t WHERE t.county_code = team_member.county_code AND t.id = team_member.team_id)
);
-- the latest day counts the records of all grids, also those the writer does not see; only for a team that serves there
CREATE FUNCTION team_follow(county text, serving bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE team SET updated_at = now(), served_on = (SELECT max(r.served_on) FROM service_record r WHERE r.team_id = team.id)
    WHERE county_code = county AND id = serving
    AND region_key <= current_setting('app.scope_hi')::bigint AND area_hi >= current_setting('app.scope_lo')::bigint
$$;
REVOKE ALL ON FUNCTION team_follow(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION team_follow(text, bigint) TO geoapp_app;
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(CHANGES)


def downgrade() -> None:
    op.execute("DROP FUNCTION team_follow(text, bigint)")
    op.execute("DROP POLICY above ON team_member")
    op.execute("DROP POLICY above ON team")
