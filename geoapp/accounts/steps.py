"""What is remembered between two requests of a sign-in: on the server, for minutes, used once."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from geoapp.accounts.identity import hashed
from geoapp.accounts.models import SignInStep
from geoapp.core.clock import now
from geoapp.core.errors import NotSignedIn
from geoapp.core.i18n import N_

LIFE = timedelta(minutes=5)
GONE = N_("这一步已过期，请重新开始。")


class Step(NamedTuple):
    """Whose step it is (None before anybody is known) and its facts."""

    user_id: int | None
    facts: dict[str, str]


def keep_step(connection: Connection, kind: str, user_id: int | None, **facts: str) -> str:
    """Remember a step; the secret to find it again."""
    secret = secrets.token_urlsafe(32)
    connection.execute(delete(SignInStep).where(SignInStep.expires_at < func.now()))
    row = {"token_hash": hashed(secret), "kind": kind, "user_id": user_id, "facts": facts}
    connection.execute(insert(SignInStep).values(**row, expires_at=now() + LIFE))
    return secret


def read_step(connection: Connection, kind: str, secret: str) -> Step:
    """The step, left where it is. Raises NotSignedIn when it is used up, old or of another kind."""
    found = connection.execute(
        select(SignInStep.user_id, SignInStep.facts).where(*_named(kind, secret))
    ).one_or_none()
    if found is None:
        raise NotSignedIn(GONE)
    return Step(*found)


def use_step(connection: Connection, kind: str, secret: str) -> Step:
    """Take the step out; a second time it is not there. Raises NotSignedIn."""
    taken = delete(SignInStep).where(*_named(kind, secret))
    found = connection.execute(
        taken.returning(SignInStep.user_id, SignInStep.facts)
    ).one_or_none()
    if found is None:
        raise NotSignedIn(GONE)
    return Step(*found)


def _named(kind: str, secret: str) -> tuple:
    return (
        SignInStep.token_hash == hashed(secret),
        SignInStep.kind == kind,
        SignInStep.expires_at > func.now(),
    )
