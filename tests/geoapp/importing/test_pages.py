"""Pages of importing as their readers see them."""

from __future__ import annotations

from geoapp.web.factory import create_app
from tests.support.web import sign_in


def test_a86_templates_are_offered_and_downloaded_by_those_who_work_with_them(city):
    app = create_app()
    officer = sign_in(app, "officer")
    assert "/imports/templates/residents.xlsx" in officer.get("/imports").text
    file = officer.get("/imports/templates/residents.xlsx")
    assert file.data[:2] == b"PK"
    assert "attachment" in file.headers["Content-Disposition"]
    assert officer.get("/imports/templates/regions.xlsx").status_code == 404
    assert sign_in(app, "director").get("/imports").status_code == 404
