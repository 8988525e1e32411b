-- What runs with its owner's right keeps to each range of the writer's area, not only to the hull of them all:
-- who works in two areas does not reach one between them.
CREATE FUNCTION in_writers_area(key bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN key BETWEEN current_setting('app.scope_lo', true)::bigint AND current_setting('app.scope_hi', true)::bigint
    THEN coalesce(current_setting('app.scope_ranges', true), '') = ''
        OR key <@ nullif(current_setting('app.scope_ranges', true), '')::int8multirange
    ELSE false END
$$;
REVOKE ALL ON FUNCTION in_writers_area FROM PUBLIC;

-- Whether another row, of whatever area, was claimed as the record of this one (geoapp.importing.claiming).
CREATE FUNCTION claimed_besides(row_id bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM import_row r JOIN import_row o ON o.register = r.register AND o.target_id = r.target_id
        WHERE r.id = row_id AND r.state = 10 AND in_writers_area(r.region_key) AND o.state = 10 AND o.id <> r.id
    )
$$;

-- A person whom a claim has put on the register was never there, nor in the programmes that their age opened, as long
-- as nobody has enrolled them or written a service down since, in a programme the writer knows of or not. True where
-- that is so; their record is the caller's to write.
CREATE FUNCTION unclaim_person(county text, person bigint, void text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM import_row WHERE register = 'residents' AND target_id = person AND state = 10 AND in_writers_area(region_key)
    ) OR NOT EXISTS (
        SELECT FROM resident WHERE county_code = county AND id = person AND in_writers_area(region_key)
    ) OR EXISTS (
        SELECT FROM service_recipient WHERE county_code = county AND resident_id = person
    ) OR EXISTS (
        SELECT FROM enrolment WHERE county_code = county AND resident_id = person
        AND (origin <> 'derived' OR version > 1) AND release_reason IS DISTINCT FROM void
    ) THEN
        RETURN false;
    END IF;
    UPDATE enrolment SET released_at = now(), release_reason = void, version = version + 1, updated_at = now(), previous = NULL
    WHERE county_code = county AND resident_id = person AND release_reason IS DISTINCT FROM void;
    RETURN true;
END $$;

-- Whether a merge younger than this step of somebody stands on it that the writer does not see, as one of its two
-- records lies elsewhere (geoapp.people.carried). Which record that is stays unsaid.
CREATE FUNCTION merged_elsewhere(step bigint, people bigint[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM resident_step mine WHERE mine.id = step AND in_writers_area(mine.region_key)
    ) AND EXISTS (
        SELECT FROM resident_step later
        JOIN resident r ON r.county_code = later.county_code AND r.id = later.resident_id
        WHERE later.id > step AND r.merged_into = ANY(people) AND NOT in_writers_area(r.region_key)
    )
$$;
REVOKE ALL ON FUNCTION claimed_besides, unclaim_person, merged_elsewhere FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claimed_besides, unclaim_person, merged_elsewhere TO geoapp_app;
