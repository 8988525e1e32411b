"""What every template knows: words in the reader's language and who reads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import lru_cache, partial

from flask import Flask, Response, g, request
from markupsafe import Markup
from sqlalchemy import select

from geoapp.accounts.identity import Identity
from geoapp.accounts.permissions import Permission
from geoapp.accounts.views.presence import left_of
from geoapp.core.clock import today
from geoapp.core.i18n import LOCALES, N_, translate
from geoapp.core.settings import get_settings, undo_minutes
from geoapp.edge.access import current_access, current_identity, reading
from geoapp.messages.actions import unread
from geoapp.web.security import csrf_token
from grids_boundaries.models import Region
from grids_boundaries.scope import RowScope
from layers.registry import readable_registers

NAMES_KEPT = 60
"""Seconds."""
LANGUAGE_COOKIE = "geoapp_lang"
ICONS = {
    "regions": "region",
    "buildings": "building",
    "houses": "house",
    "residents": "people",
    "enrolments": "people",
    "households": "people",
    "sites": "site",
    "organisations": "building",
    "teams": "people",
    "coverage": "check",
}


def install(app: Flask) -> None:
    """Jinja globals and the context of each page."""
    app.jinja_env.globals.update(_=gettext, csrf_token=csrf_token, area_name=area_name, undo_minutes=undo_minutes)
    app.jinja_env.trim_blocks = False
    app.context_processor(page_context)
    app.after_request(_keep_language)


def gettext(msgid: str, **facts: object) -> str:
    """The sentence in the reader's language; with a markup fact the other facts are escaped."""
    locale = g.get("locale", "zh")
    if any(isinstance(value, Markup) for value in facts.values()):
        return Markup(translate(msgid, locale)) % facts  # noqa: S704 - a catalogue's own sentence
    return translate(msgid, locale, **facts)


def choose_language() -> None:
    """?lang= wins and is remembered; then the cookie, the account, the browser."""
    asked = request.args.get("lang")
    if asked in LOCALES:
        g.locale = g.new_locale = asked
        return
    identity = current_identity()
    kept = request.cookies.get(LANGUAGE_COOKIE)
    if kept in LOCALES:
        g.locale = kept
    elif identity:
        g.locale = identity.locale
    else:
        best = request.accept_languages.best_match(["zh-CN", "zh", "en"], get_settings().locale)
        g.locale = "en" if best == "en" else "zh"


def _keep_language(response: Response) -> Response:
    if g.get("new_locale"):
        response.set_cookie(
            LANGUAGE_COOKIE,
            g.new_locale,
            max_age=31_536_000,
            httponly=True,
            samesite="Lax",
            secure=get_settings().secure_cookies,
        )
    return response


def page_context() -> dict[str, object]:
    """locale, viewer, menu, today: see templates/layouts/base.html."""
    identity = current_identity()
    base = {"locale": g.get("locale", "zh"), "today": today(), "viewer": None, "menu": []}
    if identity is None:
        return base
    viewer = {
        "name": identity.display_name,
        "role": gettext(identity.role_title),
        "area": area_name(identity.area_codes),
        "may": partial(_may, identity),
        "acting": identity.acting,
        "preview_until": identity.preview_until,
        "unread": 0 if identity.must_enrol else unread(identity.user_id),
        "session": left_of(identity),
        "must_enrol": identity.must_enrol,
    }
    return {**base, "viewer": viewer, "menu": [] if identity.must_enrol else _menu(identity)}


def _may(identity: Identity, permission: str) -> bool:
    """Nothing is offered to somebody who must set up a second factor first."""
    return not identity.must_enrol and identity.access.may(permission)


def _menu(identity: Identity) -> list[tuple[str, str, str, bool]]:
    items = [(translate("一张图", g.get("locale", "zh")), "/map", "map", request.path == "/map")]
    for register in readable_registers(identity.access):
        href = f"/registers/{register.name}"
        items.append(
            (gettext(register.title), href, ICONS.get(register.name, "list"), _is_at(href))
        )
    if _has_cases(identity):
        items.append((gettext("服务事项"), "/cases", "people", request.path.startswith("/cases")))
    if identity.access.may(Permission.PLAN_READ):
        path = "/planner"
        items.append((gettext("网格规划"), path, "grid", request.path.startswith(path)))
    if identity.access.may(Permission.SERVICE_WRITE):
        items.insert(1, (gettext(N_("今日走访")), "/visits", "check", _is_at("/visits")))
    if identity.access.may(Permission.AUDIT_READ):
        items.append((gettext("审计"), "/audit", "list", request.path.startswith("/audit")))
    return items


def _is_at(href: str) -> bool:
    """Whether the page is that one or a record of it."""
    return request.path == href or request.path.startswith(f"{href}/")


def _has_cases(identity: Identity) -> bool:
    """A closed programme is opened to them; nobody else learns that there are any (D3.3)."""
    return identity.access.may(Permission.RESIDENT_NAME) and any(scope for _, scope in identity.access.programmes)


def area_name(codes: Sequence[str]) -> str:
    """Names of areas; the code where a region is not loaded."""
    return "、".join(_region_name(code) for code in codes)


def _region_name(code: str) -> str:
    """The name, as it was at most NAMES_KEPT ago: areas are renamed and merged."""
    return _named(code, int(time.monotonic() // NAMES_KEPT), current_access().scope)


@lru_cache(maxsize=1024)
def _named(code: str, _period: int, _scope: RowScope) -> str:
    """Asked as the reader, and kept for everybody with that scope."""
    with reading() as connection:
        found = connection.scalar(select(Region.name).where(Region.key == int(code.ljust(15, "0"))))
    return found or code

