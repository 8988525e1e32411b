-- A merge of what was merged before: `merged_from` holds the whole way a row came, the last record at its end, so that
-- merges one after the other are taken back one after the other (geoapp.people.merging).
ALTER TABLE enrolment ALTER merged_from TYPE bigint[] USING CASE WHEN merged_from IS NOT NULL THEN ARRAY[merged_from] END;
ALTER TABLE service_recipient ALTER merged_from TYPE bigint[] USING CASE WHEN merged_from IS NOT NULL THEN ARRAY[merged_from] END;

CREATE OR REPLACE FUNCTION people_merge(gone_county text, gone bigint, kept_county text, kept bigint, kinds jsonb) RETURNS void
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
    -- what an older merge of the same two left behind does not come back with this one
    UPDATE enrolment SET merged_from = NULL WHERE county_code IN (gone_county, kept_county)
    AND (resident_id = kept AND merged_from[cardinality(merged_from)] = gone
        OR resident_id = gone AND merged_from[cardinality(merged_from)] = kept);
    UPDATE service_recipient SET merged_from = NULL WHERE county_code IN (gone_county, kept_county)
    AND (resident_id = kept AND merged_from[cardinality(merged_from)] = gone
        OR resident_id = gone AND merged_from[cardinality(merged_from)] = kept);
    -- of a programme both have been in, one row stays: the one that runs, or the one that is there
    changed := ARRAY(
        SELECT t.id FROM enrolment t JOIN enrolment m ON m.programme = t.programme
        WHERE t.county_code = kept_county AND t.resident_id = kept AND t.released_at IS NOT NULL
        AND m.county_code = gone_county AND m.resident_id = gone AND m.released_at IS NULL
    );
    UPDATE enrolment SET resident_id = NULL WHERE county_code = kept_county AND id = ANY(changed);
    WITH along AS (
        UPDATE enrolment e SET county_code = kept_county, resident_id = kept, region_key = kept_region, merged_from = merged_from || gone,
            version = version + 1, updated_at = now(), previous = NULL
        WHERE county_code = gone_county AND resident_id = gone
        AND NOT EXISTS (SELECT FROM enrolment o WHERE o.county_code = kept_county AND o.resident_id = kept AND o.programme = e.programme)
        RETURNING e.id, e.programme, e.released_at
    )
    INSERT INTO enrolment_event (rule, enrolment_id, day, region_key, programme)
    SELECT 'arrived', id, current_date, kept_region, programme FROM along
    WHERE released_at IS NULL AND kept_region <> gone_region ON CONFLICT DO NOTHING;
    UPDATE enrolment SET county_code = gone_county, resident_id = gone, region_key = gone_region, merged_from = merged_from || kept,
        version = version + 1, updated_at = now(), previous = NULL
    WHERE county_code = kept_county AND id = ANY(changed);
    -- who was written down twice in one record of a service stays so
    UPDATE service_recipient r SET resident_id = kept, merged_from = merged_from || gone
    WHERE county_code IN (gone_county, kept_county) AND resident_id = gone
    AND NOT EXISTS (SELECT FROM service_recipient o WHERE o.county_code = r.county_code AND o.record_id = r.record_id AND o.resident_id = kept);
    PERFORM people_served(ARRAY[gone_county, kept_county], ARRAY[gone, kept], kinds);
END $$;

CREATE OR REPLACE FUNCTION people_unmerge(gone_county text, gone bigint, kept_county text, kept bigint, kinds jsonb) RETURNS void
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
    changed := ARRAY(SELECT id FROM enrolment WHERE county_code = gone_county AND resident_id = gone AND merged_from[cardinality(merged_from)] = kept);
    UPDATE enrolment SET resident_id = NULL WHERE county_code = gone_county AND id = ANY(changed);
    WITH back AS (
        UPDATE enrolment SET county_code = gone_county, resident_id = gone, region_key = gone_region,
            merged_from = nullif(merged_from[:cardinality(merged_from) - 1], '{}'),
            version = version + 1, updated_at = now(), previous = NULL
        WHERE county_code = kept_county AND resident_id = kept AND merged_from[cardinality(merged_from)] = gone
        RETURNING id
    )
    DELETE FROM enrolment_event e USING back
    WHERE e.rule = 'arrived' AND e.enrolment_id = back.id AND e.region_key = kept_region AND e.told_at IS NULL;
    UPDATE enrolment SET county_code = kept_county, resident_id = kept, region_key = kept_region,
        merged_from = nullif(merged_from[:cardinality(merged_from) - 1], '{}'),
        version = version + 1, updated_at = now(), previous = NULL
    WHERE county_code = gone_county AND id = ANY(changed);
    UPDATE service_recipient SET resident_id = gone, merged_from = nullif(merged_from[:cardinality(merged_from) - 1], '{}')
    WHERE county_code IN (gone_county, kept_county) AND resident_id = kept AND merged_from[cardinality(merged_from)] = gone;
    PERFORM people_served(ARRAY[gone_county, kept_county], ARRAY[gone, kept], kinds);
END $$;
