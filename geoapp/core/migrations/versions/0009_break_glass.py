"""Messages between people of the office, and break-glass: who opened what outside their own area.

The role "auditor" and the two permissions of break-glass come to installations that have roles.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = """
CREATE TABLE message (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_message PRIMARY KEY,
    user_id bigint NOT NULL CONSTRAINT fk_message_user_id_app_user REFERENCES app_user (id) ON DELETE CASCADE,
    key text NOT NULL,
    kind text NOT NULL,
    facts jsonb NOT NULL,
    url text NOT NULL,
    at timestamptz NOT NULL,
    read_at timestamptz,
    CONSTRAINT uq_message_user_id_key UNIQUE (user_id, key)
);
CREATE INDEX ix_message_user_id ON message (user_id, at);
CREATE TABLE break_glass (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_break_glass PRIMARY KEY,
    user_id bigint NOT NULL CONSTRAINT fk_break_glass_user_id_app_user REFERENCES app_user (id),
    unit text,
    region_key bigint NOT NULL,
    reason text NOT NULL,
    note text NOT NULL,
    started_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    most integer NOT NULL,
    opened integer NOT NULL DEFAULT 0,
    review_due timestamptz NOT NULL,
    told bigint[] NOT NULL,
    reviewer_id bigint CONSTRAINT fk_break_glass_reviewer_id_app_user REFERENCES app_user (id),
    reviewed_at timestamptz,
    outcome text,
    review_note text,
    CONSTRAINT ck_break_glass_reviewer CHECK (reviewer_id <> user_id)
);
CREATE INDEX ix_break_glass_started_at ON break_glass (started_at);
CREATE TABLE break_glass_record (
    grant_id bigint NOT NULL CONSTRAINT fk_break_glass_record_grant_id REFERENCES break_glass (id),
    register text NOT NULL,
    record_id bigint NOT NULL,
    region_key bigint NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT pk_break_glass_record PRIMARY KEY (grant_id, register, record_id)
);
GRANT SELECT, INSERT, UPDATE ON message, break_glass TO geoapp_app;
GRANT SELECT, INSERT ON break_glass_record TO geoapp_app;
"""
INSIDE = """
region_key BETWEEN current_setting('app.scope_lo', true)::bigint AND current_setting('app.scope_hi', true)::bigint
AND ((SELECT coalesce(current_setting('app.scope_ranges', true), '') = '')
     OR region_key <@ (SELECT nullif(current_setting('app.scope_ranges', true), '')::int8multirange))
"""
ROLES = {
    "street_officer": ("break-glass:record:open", "break-glass:use:review"),
    "community_worker": ("break-glass:record:open",),
    "grid_worker": ("break-glass:record:open",),
    "city_director": ("break-glass:use:review",),
}


def upgrade() -> None:
    op.execute(TABLES)
    for table in ("break_glass", "break_glass_record"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner_all ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
        op.execute(f"CREATE POLICY in_scope ON {table} TO geoapp_app USING ({INSIDE}) WITH CHECK ({INSIDE})")
    for role, permissions in ROLES.items():
        for permission in permissions:
            op.execute(
                f"UPDATE role SET permissions = permissions || '{permission}'::text "  # noqa: S608 - names of ours
                f"WHERE key = '{role}' AND NOT '{permission}' = ANY (permissions)"
            )


def downgrade() -> None:
    op.execute("DROP TABLE break_glass_record, break_glass, message")
