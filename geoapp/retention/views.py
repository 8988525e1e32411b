"""The page of retention clocks: what is kept how long, and what is due."""

from __future__ import annotations

from flask import Blueprint, render_template

from geoapp.accounts.permissions import Permission
from geoapp.core.db import owner_engine
from geoapp.core.i18n import translate
from geoapp.core.runs import last_run
from geoapp.core.settings import get_settings
from geoapp.edge.access import needs
from geoapp.edge.pages import ViewAnswer, reader_locale
from geoapp.retention.run import due

blueprint = Blueprint("retention", __name__)


@blueprint.get("/retention")
@needs(Permission.RETENTION_VIEW)
def show_clocks() -> ViewAnswer:
    """Counts of the whole installation, no record; a run is a command (docs/retention.md)."""
    locale, settings = reader_locale(), get_settings()
    with owner_engine().connect() as connection:
        rows = [
            {"title": translate(one.clock.title, locale), "starts": translate(one.clock.starts, locale),
             "why": translate(one.clock.why, locale), "days": one.days, "rows": one.rows}
            for one in due(connection, settings)
        ]  # fmt: skip
    return render_template("retention/clocks.html", rows=rows, last=last_run(settings.data_dir, "retention"))
