"""Key sites of several types with a level each; staff may register and correct them (A7.2 to A7.7)."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"

SQL = Path(__file__).with_name("0014_site_types.sql")


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    """The worst type and its level stay; the others have no place in the older table."""
    for statement in (
        "ALTER TABLE site DROP CONSTRAINT ck_site_attention_level, DROP CONSTRAINT ck_site_types",
        "ALTER TABLE site RENAME COLUMN attention_level TO computed_level",
        "ALTER TABLE site ADD COLUMN kind text, ADD COLUMN attention_level smallint NOT NULL DEFAULT 0",
        "UPDATE site SET attention_level = computed_level, kind = (SELECT key FROM jsonb_each(types)"
        " ORDER BY value ? 'released', (value ->> 'level')::int DESC, key LIMIT 1)",
        "ALTER TABLE site ALTER kind SET NOT NULL, DROP COLUMN active, DROP COLUMN computed_level,"
        " DROP COLUMN types, DROP COLUMN previous",
        "ALTER TABLE site ADD CONSTRAINT ck_site_attention_level CHECK (attention_level BETWEEN 0 AND 3)",
        "DROP FUNCTION site_level(jsonb), site_active(jsonb), site_type_level(jsonb, text), site_type_kind(jsonb, text)",
    ):
        op.execute(statement)
