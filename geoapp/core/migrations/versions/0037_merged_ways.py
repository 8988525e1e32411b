"""Merges one after the other can be taken back one after the other; who let a house is found without looking at all."""

from pathlib import Path

from alembic import op

revision = "0037"
down_revision = "0036"

HERE = Path(__file__).parent
LET_NO_MORE = """
CREATE INDEX ix_house_let_no_more ON house (id)
WHERE NOT rental AND (landlord_name_enc IS NOT NULL OR landlord_phone_enc IS NOT NULL)
"""
BEFORE = "ALTER TABLE {table} ALTER merged_from TYPE bigint USING merged_from[cardinality(merged_from)]"


def upgrade() -> None:
    changes = (HERE / "0037_merged_ways.sql").read_text(encoding="utf-8")
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(changes)
    op.execute(LET_NO_MORE)


def downgrade() -> None:
    op.execute("DROP INDEX ix_house_let_no_more")
    for table in ("enrolment", "service_recipient"):
        op.execute(BEFORE.format(table=table))
    functions = (HERE / "0036_merged_people.sql").read_text(encoding="utf-8")
    older = functions[functions.index("CREATE FUNCTION people_merge") : functions.index("REVOKE")]
    older = older.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(older)
