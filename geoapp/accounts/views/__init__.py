"""Pages of accounts: signing in, one's own account, administration."""

from geoapp.accounts.views import sign_in
from geoapp.accounts.views.base import blueprint

__all__ = ["blueprint", "sign_in"]
