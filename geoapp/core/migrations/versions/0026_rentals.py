"""What is let, as what, by whom, and the steps of it (A6.8 to A6.10); households open by their own right, too."""

from alembic import op

revision = "0026"
down_revision = "0025"


HOUSEHOLDS = """
DO $$
DECLARE
    inside text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'household'::regclass;
    either text := replace(inside, '(''residents''::text = ANY (string_to_array(current_setting(''app.reads''::text, true), '',''::text)))',
        '(ARRAY[''residents''::text, ''households''::text] && string_to_array(current_setting(''app.reads''::text, true), '',''::text))');
BEGIN
    IF either = inside THEN
        RAISE EXCEPTION 'the policy of household is not as expected: %', inside;
    END IF;
    EXECUTE format('ALTER POLICY in_scope ON household USING (%s) WITH CHECK (%s)', either, either);
END $$
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(HOUSEHOLDS)
    op.execute("ALTER TABLE house ADD COLUMN rental_use text")
    op.execute("ALTER TABLE house ADD COLUMN rental_kind text")
    op.execute("ALTER TABLE house ADD COLUMN landlord_name_enc bytea")
    op.execute("ALTER TABLE house ADD COLUMN landlord_phone_enc bytea")
    op.execute("ALTER TABLE house ADD COLUMN rental_steps jsonb NOT NULL DEFAULT '[]'")


def downgrade() -> None:
    for column in ("rental_use", "rental_kind", "landlord_name_enc", "landlord_phone_enc", "rental_steps"):
        op.execute(f"ALTER TABLE house DROP COLUMN {column}")
