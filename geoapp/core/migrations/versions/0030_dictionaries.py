"""Code lists and numbers an administrator may edit; whether a code is used anywhere, without showing where."""

from alembic import op

revision = "0030"
down_revision = "0029"

CHANGES = """
CREATE TABLE dictionary_item (
    dictionary text NOT NULL,
    code text NOT NULL,
    zh text NOT NULL,
    en text NOT NULL,
    position smallint NOT NULL,
    retired boolean NOT NULL,
    CONSTRAINT pk_dictionary_item PRIMARY KEY (dictionary, code)
);
CREATE TABLE dictionary_number (
    key text CONSTRAINT pk_dictionary_number PRIMARY KEY,
    value integer NOT NULL
);
CREATE TABLE dictionary_version (version bigint CONSTRAINT pk_dictionary_version PRIMARY KEY);
INSERT INTO dictionary_version VALUES (1);
-- one bit about all areas, so that a code in use is never deleted; it tells no record and no place
CREATE FUNCTION dictionary_code_used(dictionary text, code text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    in_steps jsonb := jsonb_build_array(jsonb_build_object('reason', code));
    given jsonb := jsonb_build_object('code', code);
BEGIN
    RETURN CASE dictionary
        WHEN 'house_uses' THEN EXISTS (SELECT FROM house WHERE house.use = code)
        WHEN 'rental_uses' THEN EXISTS (SELECT FROM house WHERE rental_use = code)
        WHEN 'rental_kinds' THEN EXISTS (SELECT FROM house WHERE rental_kind = code)
        WHEN 'rental_reasons' THEN EXISTS (SELECT FROM house WHERE rental_steps @> in_steps)
        WHEN 'rental_reinstate_reasons' THEN EXISTS (SELECT FROM house WHERE rental_steps @> in_steps)
        WHEN 'residence_end_reasons' THEN EXISTS (SELECT FROM residence WHERE end_reason = code)
        WHEN 'no_house_reasons' THEN EXISTS (SELECT FROM resident WHERE no_house_reason = code)
        WHEN 'unregistered_reasons' THEN EXISTS (SELECT FROM resident WHERE unregistered_reason = code)
        WHEN 'resident_deregister_reasons' THEN EXISTS (SELECT FROM resident WHERE state_reason = code)
        WHEN 'site_categories' THEN EXISTS (SELECT FROM site WHERE category = code)
        WHEN 'site_release_reasons' THEN
            EXISTS (SELECT FROM site WHERE jsonb_path_exists(types, '$.*.released.reason ? (@ == $code)', given))
        WHEN 'site_enrol_reasons' THEN
            EXISTS (SELECT FROM site WHERE jsonb_path_exists(types, '$.*.enrolled.reason ? (@ == $code)', given))
        WHEN 'organisation_deregister_reasons' THEN EXISTS (SELECT FROM organisation WHERE state_reason = code)
        WHEN 'organisation_reinstate_reasons' THEN EXISTS (SELECT FROM organisation WHERE state_reason = code)
    END;
END $$;
REVOKE ALL ON FUNCTION dictionary_code_used(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dictionary_code_used(text, text) TO geoapp_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON dictionary_item TO geoapp_app;
GRANT SELECT, INSERT, UPDATE ON dictionary_number TO geoapp_app;
GRANT SELECT, UPDATE ON dictionary_version TO geoapp_app;
UPDATE role SET permissions = permissions || 'dictionary:list:manage'::text
WHERE 'module:switch:manage' = ANY (permissions) AND NOT 'dictionary:list:manage' = ANY (permissions)
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(CHANGES)


def downgrade() -> None:
    op.execute("UPDATE role SET permissions = array_remove(permissions, 'dictionary:list:manage')")
    op.execute("DROP FUNCTION dictionary_code_used(text, text)")
    for table in ("dictionary_item", "dictionary_number", "dictionary_version"):
        op.execute(f"DROP TABLE {table}")
