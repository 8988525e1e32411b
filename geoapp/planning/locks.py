"""Who is at work where: a lock on each community, renewed by the open editor, that ends by itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, text

from geoapp.planning.errors import AreaHeld

SECONDS = 45
"""The editor says every ten seconds that it is open."""
_TAKE = text("""
INSERT INTO plan_lock AS l (region_key, plan_id, user_id, until)
SELECT key, :plan, :user, now() + make_interval(secs => :seconds)
FROM unnest(CAST(:keys AS bigint[])) AS key ORDER BY key
ON CONFLICT (region_key) DO UPDATE SET plan_id = excluded.plan_id, user_id = excluded.user_id, until = excluded.until
WHERE l.until < now() OR l.user_id = excluded.user_id
RETURNING l.region_key
""")
_AROUND = text("""
SELECT l.region_key, l.plan_id, l.user_id, l.until, u.display_name, r.name, p.name AS plan_name
FROM plan_lock l JOIN plan p ON p.id = l.plan_id JOIN app_user u ON u.id = l.user_id
JOIN region r ON r.key = l.region_key
WHERE l.until > now() AND l.region_key BETWEEN :lo AND :hi ORDER BY l.region_key
""")


def take(connection: Connection, plan_id: int, user_id: int, communities: Collection[int]) -> None:
    """Take or renew the locks of communities. Raises AreaHeld where somebody else has one."""
    keys = sorted(communities)
    facts = {"plan": plan_id, "user": user_id, "keys": keys, "seconds": SECONDS}
    taken = set(connection.scalars(_TAKE, facts))
    if missing := [key for key in keys if key not in taken]:
        raise AreaHeld([one for one in around(connection, user_id, min(missing), max(missing)) if not one["mine"]])


def renew(connection: Connection, plan_id: int, user_id: int) -> None:
    """Keep what this planner holds in the plan; nothing that has ended comes back."""
    connection.execute(
        text(
            "UPDATE plan_lock SET until = now() + make_interval(secs => :seconds) "
            "WHERE plan_id = :plan AND user_id = :user AND until > now()"
        ),
        {"plan": plan_id, "user": user_id, "seconds": SECONDS},
    )


def release(connection: Connection, plan_id: int, user_id: int) -> None:
    """Give back what this planner holds in the plan."""
    connection.execute(
        text("DELETE FROM plan_lock WHERE plan_id = :plan AND user_id = :user"), {"plan": plan_id, "user": user_id}
    )


def around(connection: Connection, user_id: int | None, lo: int, hi: int) -> list[dict[str, Any]]:
    """Locks that hold now in a range of keys, as the editor shows them."""
    return [
        {
            "community": row.region_key, "name": row.name, "plan": row.plan_id, "plan_name": row.plan_name,
            "by": row.display_name, "mine": row.user_id == user_id, "until": row.until.isoformat(),
        }
        for row in connection.execute(_AROUND, {"lo": lo, "hi": hi})
    ]  # fmt: skip
