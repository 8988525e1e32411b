"""Pages of accounts: signing in, one's own account, administration."""

from geoapp.accounts.views import (
    enrol,
    factors,
    own,
    presence,
    preview,
    roles,
    second,
    sign_in,
    sso,
    stand_ins,
    users,
    welcome,
)
from geoapp.accounts.views.base import blueprint

__all__ = [
    "blueprint",
    "enrol",
    "factors",
    "own",
    "presence",
    "preview",
    "roles",
    "second",
    "sign_in",
    "sso",
    "stand_ins",
    "users",
    "welcome",
]
