"""The Flask application: blueprints, access on every request, headers, errors, languages."""

from __future__ import annotations

import secrets
from importlib import import_module
from typing import Any

from flask import Flask, g, request
from flask.json.provider import DefaultJSONProvider
from jinja2 import PackageLoader
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from geoapp.core import trace
from geoapp.core.errors import NotFound
from geoapp.core.settings import Settings, get_settings
from geoapp.demo.accounts import offered_accounts
from geoapp.edge.access import enforce
from geoapp.retention.rules import check_chosen
from geoapp.web import context, errors, security, signed_in, static_files, words

BLUEPRINTS = (
    "geoapp.web.health",
    "geoapp.web.map_page",
    "geoapp.web.registers",
    "geoapp.web.outputs",
    "geoapp.web.export_requests",
    "geoapp.web.tile_routes",
    "geoapp.web.regions",
    "geoapp.web.searching",
    "geoapp.web.areas",
    "geoapp.accounts.views",
    "geoapp.audit.views",
    "geoapp.break_glass.views",
    "geoapp.unusual.views",
    "geoapp.upkeep.views",
    "geoapp.messages.views",
    "geoapp.houses.views",
    "geoapp.houses.views.rentals",
    "geoapp.people.views",
    "geoapp.sites.views",
    "geoapp.sites.views.inspections",
    "geoapp.organisations.views",
    "geoapp.households.views",
    "geoapp.importing.views",
    "geoapp.importing.views.asking",
    "geoapp.importing.views.choosing",
    "geoapp.importing.views.claiming",
    "geoapp.importing.views.filling",
    "geoapp.importing.views.mapping",
    "geoapp.importing.views.sending",
    "geoapp.importing.views.comparing",
    "geoapp.teams.views",
    "geoapp.teams.views.services",
    "geoapp.programmes.views",
    "geoapp.protection.views",
    "geoapp.desk.views",
    "geoapp.modules.views",
    "geoapp.dictionaries.views",
    "geoapp.retention.views",
    "geoapp.planning.views.pages",
    "geoapp.planning.views.importing",
    "geoapp.planning.views.publishing",
    "geoapp.planning.views.plans",
    "geoapp.ogc.views",
)


class RecordNumber(IntegerConverter):
    """An integer that fits a bigint; a longer one is an address that does not exist."""

    def __init__(self, url_map: Map, *args: Any, **options: Any) -> None:
        super().__init__(url_map, *args, **{"max": 2**63 - 1, **options})


def create_app(settings: Settings | None = None) -> Flask:
    """The application for these settings (those of the environment by default). Raises SettingsError."""
    settings = settings or get_settings()
    check_chosen(settings.keeping.retention_days)
    app = Flask("geoapp.web", static_folder="static", static_url_path="/static")
    app.secret_key = settings.key("session")
    app.session_interface = security.Sessions()
    assert isinstance(app.json, DefaultJSONProvider)
    app.json.ensure_ascii = False
    app.jinja_loader = PackageLoader("templates", "")
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_body_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=2_000,
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # how Flask is wrapped
            app.wsgi_app,
            x_for=settings.trusted_proxies,
            x_proto=settings.trusted_proxies,
            x_host=settings.trusted_proxies,
        )
    app.url_map.converters["int"] = RecordNumber
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(name).blueprint)
    context.install(app)
    static_files.install(app)
    errors.install(app)
    app.extensions["geoapp_demo_accounts"] = lambda: offered_accounts(settings, g.locale)
    _install_request_steps(app)
    return app


def _install_request_steps(app: Flask) -> None:
    """In this order: who is it, in which language, may they, is the form ours."""

    @app.before_request
    def prepare() -> None:
        g.request_id = secrets.token_hex(8)
        trace.request_id.set(g.request_id)
        if request.endpoint == "static" or request.endpoint is None:
            return
        if "\x00" in request.path:
            raise NotFound()
        signed_in.recognise()
        if g.identity is not None:  # what nobody signed in asks for (health, signing in) shows no word of a register
            words.follow()
        context.choose_language()
        enforce(app.view_functions[request.endpoint])
        security.check_csrf()

    app.after_request(security.add_headers)
