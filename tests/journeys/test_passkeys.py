"""AU-6 in a real browser: a passkey is made and signs in, and what it signs for another origin is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import NewPerson

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
ASK = """async () => {
  const token = document.querySelector('meta[name=csrf-token]').content;
  const answer = await fetch('/sign-in/passkey/options', {method: 'POST', headers: {'X-CSRF-Token': token}});
  return answer.json();
}"""
SIGN = """async (options) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({publicKey})).toJSON();
}"""
TELL = """async (answer) => {
  const token = document.querySelector('meta[name=csrf-token]').content;
  const headers = {'X-CSRF-Token': token, 'Content-Type': 'application/json'};
  return (await fetch('/sign-in/passkey', {method: 'POST', headers, body: JSON.stringify(answer)})).status;
}"""


class Elsewhere(BaseHTTPRequestHandler):
    """A page of somebody else."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>elsewhere</title>")

    def log_message(self, *_words: object) -> None:
        """Nothing to say."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Another origin of the same host, for which the browser hands out the same keys."""
    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def signed_for(page: Page, origin: str, options: dict) -> dict:
    """The answer to the challenge, signed by the browser on a page of that origin."""
    page.goto(f"{origin}/sign-in")
    return page.evaluate(SIGN, options)


def test_au6_a_passkey_is_made_signs_in_and_answers_for_this_origin_only(
    new_person: NewPerson, own_city_address: str, elsewhere: str
) -> None:
    here = own_city_address.replace("127.0.0.1", "localhost")  # keys are made for names, not numbers
    person = new_person(here)
    page = person.page
    devices = person.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]

    person.sign_in("worker", then="/account/passkeys/new")
    page.fill("[name=name]", "工作手机")
    page.get_by_role("button", name="创建").click()
    expect(page.get_by_text("工作手机")).to_be_visible()
    held = devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [one["rpId"] for one in held] == ["localhost"]

    person.context.clear_cookies()
    page.goto(f"{here}/sign-in?next=/about")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url("**/about")
    expect(page.locator(".topbar__user")).to_contain_text("Worker")

    person.context.clear_cookies()
    page.goto(f"{here}/sign-in")
    stolen = signed_for(page, elsewhere, page.evaluate(ASK))
    page.goto(f"{here}/sign-in")
    assert page.evaluate(TELL, stolen) == 401
    own = signed_for(page, here, page.evaluate(ASK))
    assert page.evaluate(TELL, own) == 200, "the same key, asked on our own page"
    person.faults[:] = [fault for fault in person.faults if not fault.startswith(f"outside: {elsewhere}")]
