"""Clients of the web application, signed in as the users of the small city."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from tests.factories.city import PASSWORD

CSRF = re.compile(r'<meta name="csrf-token" content="([^"]*)"')


def csrf_of(client: FlaskClient, page: str = "/sign-in") -> str:
    """The token in a page's head."""
    found = CSRF.search(client.get(page).text)
    assert found, f"no csrf token in {page}"
    return found.group(1)


def sign_in(app: Flask, username: str) -> FlaskClient:
    """A client with an open session."""
    client = app.test_client()
    form = {"name": username, "password": PASSWORD, "csrf_token": csrf_of(client)}
    response = client.post("/sign-in", data=form)
    assert response.status_code == 303, response.text
    return client
