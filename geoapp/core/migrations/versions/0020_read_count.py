"""How many records a person opened on a day (research/trust C5), and the unread messages by person."""

from alembic import op

revision = "0020"
down_revision = "0019"

CHANGES = """
CREATE TABLE read_count (
    user_id bigint NOT NULL CONSTRAINT fk_read_count_user_id_app_user REFERENCES app_user (id) ON DELETE CASCADE,
    day date NOT NULL,
    number integer NOT NULL,
    counted_from integer NOT NULL DEFAULT 0,
    usual integer,
    level smallint NOT NULL DEFAULT 0,
    confirmed_at timestamptz,
    confirmed_by bigint CONSTRAINT fk_read_count_confirmed_by_app_user REFERENCES app_user (id),
    reason text,
    note text,
    CONSTRAINT pk_read_count PRIMARY KEY (user_id, day),
    CONSTRAINT ck_read_count_confirmed_by CHECK (confirmed_by <> user_id)
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON read_count TO geoapp_app;
CREATE INDEX ix_message_unread ON message (user_id) WHERE read_at IS NULL
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute("DROP INDEX ix_message_unread")
    op.execute("DROP TABLE read_count")
