"""Pages of accounts: signing in, one's own account, administration."""

from geoapp.accounts.views import (
    areas,
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
    "areas",
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
