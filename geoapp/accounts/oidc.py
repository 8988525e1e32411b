"""Single sign-on by OpenID Connect: code flow with PKCE, state, nonce and issuer checked (AU-7).

State, nonce and verifier wait on the server and work once, so neither an answer nor a token can be
played a second time. Who may come in is decided here: an administrator writes the provider's
subject at the account; nobody is let in or linked by a name or an address alone.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import Connection, select

from geoapp.accounts.models import User
from geoapp.accounts.steps import Step, keep_step
from geoapp.core.errors import NotSignedIn, Unavailable
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings

REFUSED = N_("单点登录未成功，请重试，或联系管理员核对您的单点登录标识。")
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
TIMEOUT = 5.0
KEPT = 600
"""Seconds that the provider's description and keys are kept."""
LEEWAY = 30


def is_offered(settings: Settings) -> bool:
    """Whether a provider is set up."""
    return bool(settings.oidc_issuer and settings.oidc_client_id)


def provider_of(settings: Settings) -> Mapping[str, Any]:
    """The provider's own description, which must name the issuer that was set. Raises Unavailable."""
    url = f"{settings.oidc_issuer}/.well-known/openid-configuration"
    found = _fetch(url, _period())
    if found.get("issuer") != settings.oidc_issuer:
        raise Unavailable(REFUSED)
    return cast(Mapping[str, Any], found)


def begin(
    connection: Connection, settings: Settings, provider: Mapping[str, Any], back: str, then: str
) -> tuple[str, str]:
    """Where to send the browser, and the state that it must bring back; `provider` of `provider_of`."""
    nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    state = keep_step(connection, "oidc", None, nonce=nonce, verifier=verifier, next=then)
    client = _client(settings, back)
    url, _ = client.create_authorization_url(
        provider["authorization_endpoint"],
        state=state,
        nonce=nonce,
        code_verifier=verifier,
    )
    return str(url), state


def check_answer(settings: Settings, answer: Mapping[str, str], own_state: str) -> None:
    """Raise NotSignedIn unless the answer carries this browser's state and our provider's name."""
    same = hmac.compare_digest(answer.get("state", "").encode(), own_state.encode())
    named = answer.get("iss", settings.oidc_issuer) == settings.oidc_issuer
    if not (own_state and same and named and answer.get("code")):
        raise NotSignedIn(REFUSED)


def subject_of(settings: Settings, asked: Step, code: str, back: str) -> str:
    """Whom the provider vouches for. Raises NotSignedIn for anything amiss, Unavailable."""
    provider = provider_of(settings)
    try:
        token = _client(settings, back).fetch_token(
            provider["token_endpoint"], code=code, code_verifier=asked.facts["verifier"]
        )
        keys = KeySet.import_key_set(_fetch(provider["jwks_uri"], _period()))
        told = jwt.decode(token.get("id_token", ""), keys, algorithms=ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": settings.oidc_issuer},
            aud={"essential": True, "value": settings.oidc_client_id},
            nonce={"essential": True, "value": asked.facts["nonce"]},
            exp={"essential": True},
            sub={"essential": True},
        ).validate(told)
    except (JoseError, AuthlibBaseError, ValueError, KeyError, TypeError) as error:
        raise NotSignedIn(REFUSED) from error
    except requests.RequestException as error:
        raise Unavailable() from error
    return str(told["sub"])


def user_of(connection: Connection, subject: str) -> tuple[int, str]:
    """The account of a subject: id and name. Raises NotSignedIn."""
    found = connection.execute(
        select(User.id, User.username).where(User.sso_subject == subject, User.active)
    ).one_or_none()
    if found is None:
        raise NotSignedIn(REFUSED)
    return found.id, found.username


def _client(settings: Settings, back: str) -> OAuth2Session:
    file = settings.oidc_secret_file
    return OAuth2Session(
        settings.oidc_client_id,
        file.read_text("utf-8").strip() if file else None,
        scope="openid",
        redirect_uri=back,
        code_challenge_method="S256",
        token_endpoint_auth_method=None if file else "none",
        default_timeout=TIMEOUT,
    )


def _period() -> int:
    return int(time.time() // KEPT)


@lru_cache(maxsize=8)
def _fetch(url: str, _period: int) -> Any:
    """A document of the provider: an object of JSON, kept for a while. Raises Unavailable."""
    try:
        answer = requests.get(url, timeout=TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Unavailable() from error
    if not isinstance(found, dict):
        raise Unavailable()
    return found
