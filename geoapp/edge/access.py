"""Who is asking, and what a route needs: shared by every view.

Each route declares one permission with `needs`; a test walks the URL map and fails for a route
without one. `current_access` is the only way a view gets an `Access`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from flask import g, request
from sqlalchemy import Connection

from geoapp.accounts.identity import Identity
from geoapp.accounts.limits import Rate, take
from geoapp.accounts.permissions import PUBLIC, SIGNED_IN, Permission
from geoapp.core.clock import today
from geoapp.core.errors import Forbidden, NotFound, NotSignedIn, SecondFactorMissing
from geoapp.core.i18n import N_
from grids_boundaries.access import Access, begin

LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
WITHOUT_RECORDS = frozenset(
    {
        "accounts.end_preview",
        "accounts.here",
        "accounts.sign_out",
        "accounts.stop_acting",
        "health.about",
        "map_page.show_layers",
        "map_page.show_map",
        "ogc.tile",
        "regions.show_region",
        "regions.show_tree",
        "registers.show_breakdown",
        "registers.show_breakdown_json",
        "registers.show_list",  # which then shows counts of areas in place of the list
        "tile_routes.base_tile",
        "tile_routes.register_tile",
        "tile_routes.tile_json",
    }
)
"""All that answers without Permission.RECORD_OPEN, as for a wall: the map and totals (AU-8).

A route that is added later is closed there until somebody adds it here.
"""
TO_ENROL = frozenset(
    {
        "accounts.add_passkey",
        "accounts.ask_new_passkey",
        "accounts.authenticator",
        "accounts.confirm",
        "accounts.here",
        "accounts.new_passkey",
        "accounts.second_factor",
        "accounts.sign_out",
    }
)
"""What is open to somebody who must set up a second factor first."""


def needs(permission: Permission | str) -> Callable:
    """Declare what a route needs: a Permission, SIGNED_IN or PUBLIC."""

    def mark(view: Callable) -> Callable:
        setattr(view, "permission", permission)  # noqa: B010 - a function has no such field to mypy
        return view

    return mark


def harmless(view: Callable) -> Callable:
    """Declare that a POST writes nothing of anybody's records: it stays open in a preview."""
    setattr(view, "harmless", True)  # noqa: B010 - a function has no such field to mypy
    return view


def by_itself(view: Callable) -> Callable:
    """Declare that pages ask this without anybody doing anything: it keeps no session alive."""
    setattr(view, "by_itself", True)  # noqa: B010 - a function has no such field to mypy
    return view


def enforce(view: Callable) -> None:
    """Refuse the request unless the view's permission is granted.

    Raises NotSignedIn for nobody, NotFound for a permission that is missing: what one may not do
    looks like what is not there. Raises Forbidden for a write in a preview, SecondFactorMissing where
    one must be set up first, TooManyRequests above the view's rate.
    """
    permission = getattr(view, "permission", None)
    if permission == PUBLIC:
        return
    identity = current_identity()
    if identity is None:
        raise NotSignedIn()
    if identity.must_enrol and request.endpoint not in TO_ENROL:
        raise SecondFactorMissing()
    if permission is None or (permission != SIGNED_IN and not identity.access.may(permission)):
        raise NotFound()
    if not identity.access.may(Permission.RECORD_OPEN) and request.endpoint not in WITHOUT_RECORDS:
        raise NotFound()
    if identity.preview_until and request.method not in LOOKING and not hasattr(view, "harmless"):
        raise Forbidden(N_("角色视图中只能查看，不能写入。"))
    rate: Rate | None = getattr(view, "rate", None)
    if rate is not None:
        take(rate, identity.user_id)


def current_identity() -> Identity | None:
    """Who is signed in, or None."""
    identity: Identity | None = g.get("identity")
    return identity


def current_access() -> Access:
    """The reader's access. Raises NotSignedIn."""
    identity = current_identity()
    if identity is None:
        raise NotSignedIn()
    if request.method in LOOKING and "as_of" in request.args:
        return replace(identity.access, as_of=asked_day(request.args["as_of"]))
    return identity.access


def asked_day(text: str) -> date | None:
    """The day whose boundaries are asked for; None for today, later, and what is no day.

    Queries refuse the last (`spatial_queries.parse`); a page that tells of it has to be drawn first.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day < today() else None


@contextmanager
def reading() -> Iterator[Connection]:
    """One transaction under the reader's access; everything a view does runs in one of these."""
    with begin(current_access()) as connection:
        yield connection
