"""Is the process alive, is the system ready, what is this."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from sqlalchemy import select, text

from geoapp.accounts.permissions import PUBLIC, SIGNED_IN
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
    """The database answers as the application's role."""
    with app_engine().connect() as connection:
        connection.execute(select(text("1")))
    return json_answer({"status": "ready"})


@blueprint.get("/about")
@needs(SIGNED_IN)
def about() -> ViewAnswer:
    """Sources, licences, what this will not do."""
    return render_template("about.html")
