"""A page says that somebody is still there, and hears how long the session lives."""

from __future__ import annotations

from geoapp.accounts.identity import Identity
from geoapp.accounts.permissions import SIGNED_IN
from geoapp.accounts.views.base import blueprint
from geoapp.core.clock import now
from geoapp.edge.access import current_identity, needs
from geoapp.edge.pages import ViewAnswer, json_answer

MOST_WARNING = 120
"""Seconds; a short limit is warned of a quarter of it before."""


@blueprint.get("/account/here")
@needs(SIGNED_IN)
def here() -> ViewAnswer:
    """Being asked is a sign of life in itself; the answer is `left_of`."""
    identity = current_identity()
    assert identity is not None
    return json_answer(left_of(identity))


def left_of(identity: Identity) -> dict[str, int | str]:
    """Seconds until the session ends if nothing more is done, and at most; and whose it is."""
    moment = now()
    ends, expires = identity.ends_at or moment, identity.expires_at or moment
    left = max(0, int((ends - moment).total_seconds()))
    return {
        "left": left,
        "most": max(0, int((expires - moment).total_seconds())),
        "mark": identity.mark,
        "warning": min(MOST_WARNING, max(1, left // 4)),
    }
