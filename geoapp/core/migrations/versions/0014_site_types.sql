-- A site is of several types, each with a level of its own (A7.2, A7.3, A18.15). Level and state of
-- the site are computed from them, so they can never disagree.

CREATE FUNCTION site_level(types jsonb) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(max((value ->> 'level')::smallint), 0::smallint) FROM jsonb_each(types) WHERE NOT value ? 'released'
$$;
CREATE FUNCTION site_active(types jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT EXISTS (SELECT FROM jsonb_each(types) WHERE NOT value ? 'released')
$$;
-- one type of a site, as filter, list and export read it; nothing where it is released
CREATE FUNCTION site_type_level(types jsonb, type text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN types -> type ? 'released' THEN NULL ELSE (types -> type ->> 'level')::smallint END
$$;
CREATE FUNCTION site_type_kind(types jsonb, type text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN types -> type ? 'released' THEN NULL ELSE types -> type ->> 'kind' END
$$;

ALTER TABLE site ADD COLUMN types jsonb, ADD COLUMN previous jsonb;
UPDATE site SET types = jsonb_build_object(kind, jsonb_build_object('level', attention_level));
ALTER TABLE site ALTER types SET NOT NULL, DROP COLUMN kind, DROP COLUMN attention_level;
ALTER TABLE site
    ADD COLUMN attention_level smallint GENERATED ALWAYS AS (site_level(types)) STORED,
    ADD COLUMN active boolean GENERATED ALWAYS AS (site_active(types)) STORED,
    ADD CONSTRAINT ck_site_types CHECK (jsonb_typeof(types) = 'object' AND types <> '{}'),
    ADD CONSTRAINT ck_site_attention_level CHECK (attention_level BETWEEN 0 AND 3);

-- who may correct houses may correct sites
UPDATE role SET permissions = permissions || 'register:sites:write'::text
WHERE 'register:houses:write' = ANY (permissions) AND NOT 'register:sites:write' = ANY (permissions);
