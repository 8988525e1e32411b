"""Forms that were carried out, so that one sent twice has one effect."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE sent_form (
            user_id bigint NOT NULL CONSTRAINT fk_sent_form_user REFERENCES app_user (id) ON DELETE CASCADE,
            token text NOT NULL,
            at timestamptz NOT NULL DEFAULT now(),
            url text,
            CONSTRAINT pk_sent_form PRIMARY KEY (user_id, token)
        )
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON sent_form TO geoapp_app")


def downgrade() -> None:
    op.execute("DROP TABLE sent_form")
