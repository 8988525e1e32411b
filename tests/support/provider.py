"""A small OpenID provider over real HTTP: discovery, code flow with PKCE, signed tokens."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet


class Provider:
    """What it is asked and what it says; tests bend `claims` to make it lie."""

    def __init__(self, address: str) -> None:
        self.address, self.subject = address, "subject-1"
        self.key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
        self.codes: dict[str, dict] = {}
        self.claims: dict[str, object] = {}

    def authorise(self, url: str) -> str:
        """As the person's browser would: sign in there, come back with a code."""
        asked = dict(parse_qsl(urlsplit(url).query))
        code = secrets.token_urlsafe(12)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.address}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def token(self, form: dict) -> dict | None:
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if asked is None or asked["code_challenge"] != urlsafe_b64encode(digest).rstrip(b"=").decode():
            return None
        claims = {
            "iss": self.address, "aud": asked["client_id"], "sub": self.subject, "nonce": asked["nonce"],
            "iat": int(time.time()), "exp": int(time.time()) + 60, **self.claims,
        }  # fmt: skip
        signed = jwt.encode({"alg": "ES256", "kid": "one"}, claims, self.key, algorithms=["ES256"])
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}

    def document(self, path: str) -> dict | None:
        if path == "/.well-known/openid-configuration":
            named = {f"{end}_endpoint": f"{self.address}/{end}" for end in ("authorization", "token")}
            return {"issuer": self.address, "jwks_uri": f"{self.address}/keys", **named}
        return KeySet([self.key]).as_dict(private=False) if path == "/keys" else None


@contextmanager
def provider() -> Iterator[Provider]:
    """Running on a free port of this machine."""
    found: list[Provider] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say(found[0].document(self.path))

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.say(found[0].token({k: v[0] for k, v in parse_qs(sent).items()}))

        def say(self, body: dict | None) -> None:
            self.send_response(200 if body else 400)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body or {"error": "invalid_grant"}).encode())

        def log_message(self, *_: object) -> None:
            """Nothing to standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.append(Provider(f"http://127.0.0.1:{server.server_port}"))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found[0]
    server.shutdown()
    server.server_close()
    thread.join()
