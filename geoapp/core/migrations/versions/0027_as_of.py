"""Regions as their boundaries were on a day: a view that stands before the table when a reader asks (D4.3)."""

from alembic import op

revision = "0027"
down_revision = "0026"

CHANGES = """
CREATE SCHEMA as_of;
CREATE VIEW as_of.region WITH (security_invoker = true) AS
SELECT * FROM public.region_dated
WHERE (valid_from IS NULL OR valid_from <= current_setting('app.as_of')::date)
  AND (valid_to IS NULL OR valid_to > current_setting('app.as_of')::date);
GRANT USAGE ON SCHEMA as_of TO geoapp_app;
GRANT SELECT ON as_of.region TO geoapp_app
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(CHANGES)


def downgrade() -> None:
    op.execute("DROP SCHEMA as_of CASCADE")
