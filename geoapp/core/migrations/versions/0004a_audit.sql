-- The audit log (D3.6, research/trust C5). An event is one line of JSON, stored as it is hashed;
-- the columns beside it are read out of it by the database, so they cannot say anything else.

CREATE TABLE audit_event (
    body json NOT NULL,
    mark bytea NOT NULL CONSTRAINT ck_audit_event_mark CHECK (length(mark) = 32),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id uuid NOT NULL GENERATED ALWAYS AS ((body ->> 'id')::uuid) STORED CONSTRAINT pk_audit_event PRIMARY KEY,
    at timestamptz NOT NULL GENERATED ALWAYS AS (to_timestamp((body ->> 'at')::bigint / 1000000.0::double precision)) STORED,
    action text NOT NULL GENERATED ALWAYS AS (body ->> 'action') STORED,
    kind text NOT NULL GENERATED ALWAYS AS (body ->> 'kind') STORED,
    actor_id bigint GENERATED ALWAYS AS ((body ->> 'actor')::bigint) STORED,
    role text GENERATED ALWAYS AS (body ->> 'role') STORED,
    unit text GENERATED ALWAYS AS (body ->> 'unit') STORED,
    register text GENERATED ALWAYS AS (body ->> 'register') STORED,
    region_key bigint NOT NULL GENERATED ALWAYS AS ((body ->> 'area')::bigint) STORED,
    n bigint GENERATED ALWAYS AS ((body ->> 'n')::bigint) STORED,
    reason text GENERATED ALWAYS AS (body ->> 'reason') STORED,
    request_id text GENERATED ALWAYS AS (body ->> 'request') STORED
);
CREATE INDEX ix_audit_event_xid ON audit_event (xid);
CREATE INDEX ix_audit_event_at ON audit_event (at, id);
CREATE INDEX ix_audit_event_actor_id ON audit_event (actor_id, at);

-- Which records an event names. The event holds a salted commitment; without these rows, which a
-- person's erasure takes away, it says nothing and still verifies (LG-7).
CREATE TABLE audit_object (
    event_id uuid NOT NULL,
    position smallint NOT NULL,
    register text NOT NULL,
    record_id bigint NOT NULL,
    region_key bigint NOT NULL,
    salt bytea NOT NULL,
    CONSTRAINT pk_audit_object PRIMARY KEY (event_id, position)
);
CREATE INDEX ix_audit_object_record ON audit_object (register, record_id);
CREATE TABLE audit_forgotten (
    event_id uuid NOT NULL,
    position smallint NOT NULL,
    by_event uuid NOT NULL,
    CONSTRAINT pk_audit_forgotten PRIMARY KEY (event_id, position)
);

-- Numbers and links, written by one sealer. A fork would need two rows with one predecessor.
CREATE TABLE audit_seal (
    number bigint CONSTRAINT pk_audit_seal PRIMARY KEY,
    event_id uuid NOT NULL CONSTRAINT uq_audit_seal_event_id UNIQUE
        CONSTRAINT fk_audit_seal_event_id_audit_event REFERENCES audit_event (id),
    sealed_at timestamptz NOT NULL,
    previous bytea NOT NULL CONSTRAINT uq_audit_seal_previous UNIQUE,
    hash bytea NOT NULL
);
CREATE TABLE audit_state (
    one boolean NOT NULL DEFAULT true CONSTRAINT pk_audit_state PRIMARY KEY CONSTRAINT ck_audit_state_one CHECK (one),
    sealed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO audit_state DEFAULT VALUES;
CREATE TABLE audit_check (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_audit_check PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    first bigint NOT NULL,
    last bigint NOT NULL,
    good boolean NOT NULL,
    bad_number bigint,
    trouble text
);

-- Append only, for the owner too.
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append only (% on %)', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION audit_forgotten_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM audit_forgotten f WHERE f.event_id = OLD.event_id AND f.position = OLD.position) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is append only (% on %)', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['audit_event', 'audit_forgotten', 'audit_seal', 'audit_check'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()', t);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only', t);
    END LOOP;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON audit_object FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER forgotten_only BEFORE DELETE ON audit_object FOR EACH ROW EXECUTE FUNCTION audit_forgotten_only();
ALTER TABLE audit_object ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit_object ENABLE ALWAYS TRIGGER forgotten_only;

-- Anybody's act may be written; read by auditors, of their own area and of the system as a whole (0).
DO $$
DECLARE
    t text;
    inside text := 'region_key BETWEEN current_setting(''app.scope_lo'', true)::bigint AND current_setting(''app.scope_hi'', true)::bigint AND ((SELECT coalesce(current_setting(''app.scope_ranges'', true), '''') = '''') OR region_key <@ (SELECT nullif(current_setting(''app.scope_ranges'', true), '''')::int8multirange))';
    allowed text := '(SELECT ''audit'' = ANY (string_to_array(current_setting(''app.reads'', true), '','')))';
BEGIN
    FOREACH t IN ARRAY ARRAY['audit_event', 'audit_object'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_all ON %I TO %I USING (true) WITH CHECK (true)', t, current_user);
        EXECUTE format('CREATE POLICY written ON %I FOR INSERT TO geoapp_app WITH CHECK (true)', t);
        EXECUTE format('CREATE POLICY in_scope ON %I FOR SELECT TO geoapp_app USING (%s AND (region_key = 0 OR %s))', t, allowed, inside);
    END LOOP;
END $$;
GRANT INSERT (body, mark) ON audit_event TO geoapp_app;
GRANT INSERT ON audit_object TO geoapp_app;
GRANT SELECT ON audit_event, audit_object, audit_seal, audit_state, audit_check TO geoapp_app;
