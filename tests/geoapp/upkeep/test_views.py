"""The page of jobs shows the last runs, to whoever looks after the installation."""

from __future__ import annotations

from dataclasses import replace

from geoapp.core.daily import Daily
from geoapp.core.runs import FILE, KEPT, note_run, read_runs
from geoapp.core.settings import get_settings
from geoapp.web.factory import create_app
from tests.support.web import sign_in


def test_jobs_and_their_last_runs(city):
    settings = get_settings()
    (settings.data_dir / FILE).unlink(missing_ok=True)
    client = sign_in(create_app(), "admin")
    page = client.get("/jobs")
    assert page.status_code == 200 and "服务项目的到龄、期满和复核" in page.text and "今天还没有运行" in page.text
    assert "/jobs" in client.get("/about").text
    Daily("programmes", lambda _: 417)(settings)
    text = client.get("/jobs").text
    assert "417" in text and "今天已运行" in text
    for username in ("director", "worker", "auditor"):
        assert sign_in(create_app(), username).get("/jobs").status_code == 404


def test_earlier_runs_are_remembered_the_last_first_and_not_without_end(tmp_path, settings):
    own = replace(settings, data_dir=tmp_path)
    for number in range(KEPT + 5):
        note_run(own.data_dir, "retention", rows=number)
    found = read_runs(own.data_dir)["retention"]
    assert found["rows"] == KEPT + 4
    assert [one["rows"] for one in found["earlier"]] == list(range(KEPT + 3, 3, -1))
    assert all("earlier" not in one for one in found["earlier"])
