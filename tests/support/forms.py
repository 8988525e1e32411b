"""Sending the forms of pages as a browser does: hidden inputs, token and version included."""

from __future__ import annotations

from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class _Form(HTMLParser):
    """The inputs of the writing form of a record's page."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.action, self.values, self.select = False, "", {}, ""

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        if tag == "form" and "data-errors-inside" in facts:
            self.inside, self.action, self.values = True, facts["action"], {}
        elif self.inside and tag == "input":
            if facts.get("type") in ("checkbox", "radio") and "checked" not in facts:
                return
            self.values[facts["name"]] = facts.get("value", "")
        elif self.inside and tag == "select":
            self.select = facts["name"]
        elif self.inside and tag == "option" and ("selected" in facts or self.select not in self.values):
            self.values[self.select] = facts["value"]

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False


def form_on(page: str) -> tuple[str, dict[str, str]]:
    """(action, values) of the last record form on a page."""
    parser = _Form()
    parser.feed(page)
    assert parser.action, "no form on the page"
    return parser.action, parser.values


def send(client: FlaskClient, url: str, *, headers: dict | None = None, **changes: object) -> TestResponse:
    """Open a form, change some values, send it."""
    action, values = form_on(client.get(url).text)
    return client.post(action, data=values | changes, headers=headers or {})
