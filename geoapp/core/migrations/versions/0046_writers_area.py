"""Functions that run with their owner's right keep to each range of the writer's area; undoing sees what lies elsewhere."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from alembic import op

revision = "0046"
down_revision = "0045"

SQL = Path(__file__).with_name("0046_writers_area.sql")
FUNCTIONS = (
    "enrolments_leave", "enrolments_return", "enrolments_carry", "people_served", "people_merge", "people_unmerge",
    "unclaim_place",
)  # fmt: skip
HULL = re.compile(
    r"(\w+(?:\.\w+)?)\s+BETWEEN\s+(?:lo\s+AND\s+hi|current_setting\('app\.scope_lo'\)::bigint\s+AND"
    r"\s+current_setting\('app\.scope_hi'\)::bigint)"
)
TEAM = "AND area_hi >= current_setting('app.scope_lo')::bigint"
TEAM_EXACT = f"""{TEAM}
    AND (coalesce(current_setting('app.scope_ranges', true), '') = ''
        OR int8range(region_key, area_hi, '[]') && nullif(current_setting('app.scope_ranges', true), '')::int8multirange)"""
EXACT = re.compile(r" AND in_writers_area\([\w.]+\)")


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text(encoding="utf-8"))
    _rewrite(FUNCTIONS, lambda body: HULL.subn(r"\g<0> AND in_writers_area(\1)", body))
    _rewrite(("team_follow",), lambda body: (body.replace(TEAM, TEAM_EXACT), body.count(TEAM)))


def downgrade() -> None:
    _rewrite(("team_follow",), lambda body: (body.replace(TEAM_EXACT, TEAM), body.count(TEAM_EXACT)))
    _rewrite(FUNCTIONS, lambda body: EXACT.subn("", body))
    op.execute("DROP FUNCTION claimed_besides, unclaim_person, merged_elsewhere")
    op.execute("DROP FUNCTION in_writers_area")


def _rewrite(names: Iterable[str], change: Callable[[str], tuple[str, int]]) -> None:
    """Each function as it is, with the conditions on its rows changed."""
    bind = op.get_bind().execution_options(no_parameters=True)
    for name in names:
        written = str(bind.exec_driver_sql(f"SELECT pg_get_functiondef('{name}'::regproc)").scalar())
        changed, count = change(written)
        assert count, name
        bind.exec_driver_sql(changed)
