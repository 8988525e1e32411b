"""Teams that serve a part of a region count among those that serve it (A1.5)."""

from alembic import op

revision = "0045"
down_revision = "0044"

WHOLE, PART = "t.region_key <= g.key AND t.area_hi >= g.hi", "t.region_key <= g.hi AND t.area_hi >= g.key"


def upgrade() -> None:
    _serve(WHOLE, PART)


def downgrade() -> None:
    _serve(PART, WHOLE)


def _serve(old: str, new: str) -> None:
    """The function of migration 0040 with another answer to which teams serve a region."""
    bind = op.get_bind().execution_options(no_parameters=True)
    find = "SELECT pg_get_functiondef('region_coverage(bigint)'::regprocedure)"
    written = str(bind.exec_driver_sql(find).scalar())
    assert old in written
    bind.exec_driver_sql(written.replace(old, new))
