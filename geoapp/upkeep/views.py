"""What runs by itself, and how its last runs went, for whoever looks after the installation."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Blueprint, render_template

from geoapp.accounts.permissions import Permission
from geoapp.core.clock import today
from geoapp.core.i18n import N_, translate
from geoapp.core.runs import read_runs
from geoapp.core.settings import get_settings
from geoapp.edge.access import needs
from geoapp.edge.pages import ViewAnswer, reader_locale

blueprint = Blueprint("upkeep", __name__)
DAILY = {
    "programmes": N_("服务项目的到龄、期满和复核"), "children": N_("未成年人姓名的封存和解封"),
    "break_glass": N_("紧急查看的逾期复核提醒"),
}  # fmt: skip
"""Done once a day by whichever server process comes first."""
BY_HAND = {"backup": N_("备份"), "drill": N_("恢复演练"), "retention": N_("保存期限清理")}
"""Started by whoever looks after the server, or by its timer."""


@blueprint.get("/jobs")
@needs(Permission.MODULE_ADMIN)
def show_jobs() -> ViewAnswer:
    """Each job with its last runs; a daily one that has not run today says so."""
    settings, locale = get_settings(), reader_locale()
    runs = read_runs(settings.data_dir)
    daily = [(title, runs.get(f"{name}-{settings.database_name}"), today()) for name, title in DAILY.items()]
    others = [(title, runs.get(name), None) for name, title in BY_HAND.items()]
    jobs = [_job(translate(title, locale), last, day) for title, last, day in (*daily, *others)]
    return render_template("upkeep/jobs.html", jobs=jobs)


def _job(title: str, last: dict[str, Any] | None, day: date | None) -> dict[str, Any]:
    """`late`: a daily job without a run of that day."""
    found = [last, *last.get("earlier", [])] if last else []
    lines = [
        {"at": datetime.fromisoformat(one["at"]), "rows": one.get("rows"), "seconds": one.get("seconds")}
        for one in found
    ]
    return {
        "title": title, "runs": lines, "daily": day is not None,
        "late": day is not None and (last or {}).get("day") != day.isoformat(),
    }  # fmt: skip
