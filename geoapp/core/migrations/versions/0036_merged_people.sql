-- Enrolments and services go along with a record that is merged into another (geoapp.people.merging), and come back.
-- For all programmes, also those the writer must not know of, so the functions answer nothing. `merged_from` is the
-- record a row came from, as long as that can be taken back. Only for two people of the writer's area.
ALTER TABLE enrolment ADD COLUMN merged_from bigint;
ALTER TABLE service_recipient ADD COLUMN merged_from bigint;

-- When both were last served, as a resident and in each programme; `kinds`: kind of a service to its programmes.
CREATE FUNCTION people_served(counties text[], people bigint[], kinds jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE resident p SET served_on = (
        SELECT max(r.served_on) FROM service_recipient r
        WHERE r.county_code = ANY(counties) AND r.resident_id = p.id AND r.kind = 'residents'
    ) WHERE county_code = ANY(counties) AND id = ANY(people)
    AND region_key BETWEEN current_setting('app.scope_lo')::bigint AND current_setting('app.scope_hi')::bigint;
    UPDATE enrolment e SET served_on = (
        SELECT max(r.served_on) FROM service_recipient r
        WHERE r.county_code = ANY(counties) AND r.resident_id = e.resident_id AND kinds -> r.kind ? e.programme
    ) WHERE county_code = ANY(counties) AND resident_id = ANY(people)
    AND region_key BETWEEN current_setting('app.scope_lo')::bigint AND current_setting('app.scope_hi')::bigint
$$;

CREATE FUNCTION people_merge(gone_county text, gone bigint, kept_county text, kept bigint, kinds jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    lo bigint := current_setting('app.scope_lo')::bigint;
    hi bigint := current_setting('app.scope_hi')::bigint;
    gone_region bigint := region_key FROM resident WHERE county_code = gone_county AND id = gone AND region_key BETWEEN lo AND hi;
    kept_region bigint := region_key FROM resident WHERE county_code = kept_county AND id = kept AND region_key BETWEEN lo AND hi;
    changed bigint[];
BEGIN
    IF gone_region IS NULL OR kept_region IS NULL THEN
        RETURN;
    END IF;
    UPDATE enrolment SET merged_from = NULL
    WHERE county_code IN (gone_county, kept_county) AND resident_id IN (gone, kept) AND merged_from IS NOT NULL;
    UPDATE service_recipient SET merged_from = NULL
    WHERE county_code IN (gone_county, kept_county) AND resident_id IN (gone, kept) AND merged_from IS NOT NULL;
    -- of a programme both have been in, one row stays: the one that runs, or the one that is there
    changed := ARRAY(
        SELECT t.id FROM enrolment t JOIN enrolment m ON m.programme = t.programme
        WHERE t.county_code = kept_county AND t.resident_id = kept AND t.released_at IS NOT NULL
        AND m.county_code = gone_county AND m.resident_id = gone AND m.released_at IS NULL
    );
    UPDATE enrolment SET resident_id = NULL WHERE county_code = kept_county AND id = ANY(changed);
    WITH along AS (
        UPDATE enrolment e SET county_code = kept_county, resident_id = kept, region_key = kept_region, merged_from = gone,
            version = version + 1, updated_at = now(), previous = NULL
        WHERE county_code = gone_county AND resident_id = gone
        AND NOT EXISTS (SELECT FROM enrolment o WHERE o.county_code = kept_county AND o.resident_id = kept AND o.programme = e.programme)
        RETURNING e.id, e.programme, e.released_at
    )
    INSERT INTO enrolment_event (rule, enrolment_id, day, region_key, programme)
    SELECT 'arrived', id, current_date, kept_region, programme FROM along
    WHERE released_at IS NULL AND kept_region <> gone_region ON CONFLICT DO NOTHING;
    UPDATE enrolment SET county_code = gone_county, resident_id = gone, region_key = gone_region, merged_from = kept,
        version = version + 1, updated_at = now(), previous = NULL
    WHERE county_code = kept_county AND id = ANY(changed);
    -- who was written down twice in one record of a service stays so
    UPDATE service_recipient r SET resident_id = kept, merged_from = gone
    WHERE county_code IN (gone_county, kept_county) AND resident_id = gone
    AND NOT EXISTS (SELECT FROM service_recipient o WHERE o.county_code = r.county_code AND o.record_id = r.record_id AND o.resident_id = kept);
    PERFORM people_served(ARRAY[gone_county, kept_county], ARRAY[gone, kept], kinds);
END $$;

CREATE FUNCTION people_unmerge(gone_county text, gone bigint, kept_county text, kept bigint, kinds jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    lo bigint := current_setting('app.scope_lo')::bigint;
    hi bigint := current_setting('app.scope_hi')::bigint;
    gone_region bigint := region_key FROM resident WHERE county_code = gone_county AND id = gone AND region_key BETWEEN lo AND hi;
    kept_region bigint := region_key FROM resident WHERE county_code = kept_county AND id = kept AND region_key BETWEEN lo AND hi;
    changed bigint[];
BEGIN
    IF gone_region IS NULL OR kept_region IS NULL THEN
        RETURN;
    END IF;
    changed := ARRAY(SELECT id FROM enrolment WHERE county_code = gone_county AND resident_id = gone AND merged_from = kept);
    UPDATE enrolment SET resident_id = NULL WHERE county_code = gone_county AND id = ANY(changed);
    WITH back AS (
        UPDATE enrolment SET county_code = gone_county, resident_id = gone, region_key = gone_region, merged_from = NULL,
            version = version + 1, updated_at = now(), previous = NULL
        WHERE county_code = kept_county AND resident_id = kept AND merged_from = gone
        RETURNING id
    )
    DELETE FROM enrolment_event e USING back
    WHERE e.rule = 'arrived' AND e.enrolment_id = back.id AND e.region_key = kept_region AND e.told_at IS NULL;
    UPDATE enrolment SET county_code = kept_county, resident_id = kept, region_key = kept_region, merged_from = NULL,
        version = version + 1, updated_at = now(), previous = NULL
    WHERE county_code = gone_county AND id = ANY(changed);
    UPDATE service_recipient SET resident_id = gone, merged_from = NULL
    WHERE county_code IN (gone_county, kept_county) AND resident_id = kept AND merged_from = gone;
    PERFORM people_served(ARRAY[gone_county, kept_county], ARRAY[gone, kept], kinds);
END $$;
REVOKE ALL ON FUNCTION people_served, people_merge, people_unmerge FROM PUBLIC;
GRANT EXECUTE ON FUNCTION people_merge, people_unmerge TO geoapp_app;
