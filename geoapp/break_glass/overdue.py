"""Reviews that are late are told again each day until they are made (C5: within three working days)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select

from geoapp.accounts.models import User
from geoapp.break_glass.actions import second_people
from geoapp.break_glass.models import BreakGlass
from geoapp.core.clock import now
from geoapp.core.db import owner_transaction
from geoapp.core.settings import Settings
from geoapp.messages.actions import send
from grids_boundaries.keys import from_key


def remind_overdue(settings: Settings) -> int:
    """A message for each late use, to whom was told and to who could review it now; how many are late.

    Runs beside the requests, as the owner.
    """
    with owner_transaction(settings) as connection:
        late = select(BreakGlass).where(BreakGlass.reviewed_at.is_(None), BreakGlass.review_due < now())
        grants = connection.execute(late.order_by(BreakGlass.id)).all()
        for grant in grants:
            area = from_key(grant.region_key)
            who = connection.scalar(select(User.display_name).where(User.id == grant.user_id)) or ""
            due = grant.review_due.astimezone(ZoneInfo(settings.time_zone))
            facts = {"who": who, "area": area.text, "due": due.date().isoformat()}
            people = dict.fromkeys([*grant.told, *second_people(connection, grant.user_id, area)])
            send(connection, people, f"break_glass_overdue:{grant.id}", "break_glass_overdue", facts,
                 f"/break-glass/{grant.id}/review")  # fmt: skip
    return len(grants)
