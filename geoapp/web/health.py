"""Is the process alive, is the system ready, what is this."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template

from geoapp.accounts.permissions import PUBLIC, SIGNED_IN
from geoapp.audit.reads import is_warning
from geoapp.core.db import app_engine
from geoapp.edge.access import current_identity, needs
from geoapp.edge.pages import ViewAnswer, json_answer

blueprint = Blueprint("health", __name__)


@blueprint.get("/")
@needs(PUBLIC)
def home() -> ViewAnswer:
    """The map for who is signed in, else the form."""
    return redirect("/map" if current_identity() else "/sign-in")


@blueprint.get("/healthz")
@needs(PUBLIC)
def healthz() -> ViewAnswer:
    """The process answers. Nothing else is said here."""
    return json_answer({"status": "ok"})


@blueprint.get("/readyz")
@needs(PUBLIC)
def readyz() -> ViewAnswer:
    """The database answers as the application's role; whether the audit log is sealed in time."""
    with app_engine().connect() as connection:
        late = is_warning(connection)
    return json_answer({"status": "ready", "audit": "late" if late else "sealed"})


@blueprint.get("/about")
@needs(SIGNED_IN)
def about() -> ViewAnswer:
    """Sources, licences, what this will not do."""
    return render_template("about.html")
