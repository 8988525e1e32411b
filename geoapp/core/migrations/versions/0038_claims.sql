-- What a merge has replaced, sealed: undoing the claim writes it back (geoapp.importing.merging).
ALTER TABLE import_row ADD COLUMN before_enc bytea;
GRANT UPDATE (before_enc) ON import_row TO geoapp_app;

-- A site or a house that a claim has made goes again, as long as nobody has changed it or written anything down
-- about it (geoapp.importing.undoing). Only in the writer's area; true where it went.
CREATE FUNCTION unclaim_place(register_name text, county text, place bigint, expected integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    lo bigint := current_setting('app.scope_lo')::bigint;
    hi bigint := current_setting('app.scope_hi')::bigint;
    gone boolean;
BEGIN
    IF NOT EXISTS (
        SELECT FROM import_row WHERE register = register_name AND target_id = place AND state = 10
        AND target_version = expected AND before_enc IS NULL AND region_key BETWEEN lo AND hi
    ) OR (SELECT count(*) FROM import_row WHERE register = register_name AND target_id = place AND state = 10) > 1 THEN
        RETURN false;
    END IF;
    IF register_name = 'sites' THEN
        DELETE FROM site s WHERE s.county_code = county AND s.id = place AND s.version = expected
        AND s.region_key BETWEEN lo AND hi
        AND NOT EXISTS (SELECT FROM site_inspection i WHERE i.county_code = county AND i.site_id = place)
        RETURNING true INTO gone;
    ELSIF register_name = 'houses' THEN
        DELETE FROM house h WHERE h.county_code = county AND h.id = place AND h.version = expected
        AND h.region_key BETWEEN lo AND hi AND h.building_id IS NULL
        AND NOT EXISTS (SELECT FROM residence r WHERE r.county_code = county AND r.house_id = place)
        AND NOT EXISTS (SELECT FROM resident r WHERE r.county_code = county AND r.house_id = place)
        AND NOT EXISTS (SELECT FROM household f WHERE f.county_code = county AND f.house_id = place)
        AND NOT EXISTS (SELECT FROM service_record r WHERE r.county_code = county AND r.house_id = place)
        RETURNING true INTO gone;
        IF gone THEN
            DELETE FROM house_number WHERE house_id = place AND county_code = county;
        END IF;
    END IF;
    RETURN coalesce(gone, false);
END $$;
REVOKE ALL ON FUNCTION unclaim_place FROM PUBLIC;
GRANT EXECUTE ON FUNCTION unclaim_place TO geoapp_app;
