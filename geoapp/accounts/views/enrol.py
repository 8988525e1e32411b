"""Where somebody lands whose role must have a second factor and who has none yet."""

from __future__ import annotations

from flask import redirect, render_template

from geoapp.accounts.permissions import SIGNED_IN
from geoapp.accounts.views.base import blueprint
from geoapp.edge.access import current_identity, needs
from geoapp.edge.pages import ViewAnswer


@blueprint.get("/account/second-factor")
@needs(SIGNED_IN)
def second_factor() -> ViewAnswer:
    """Why it is needed, and the two ways to set one up."""
    identity = current_identity()
    assert identity is not None
    if not identity.must_enrol:
        return redirect("/account", code=303)
    return render_template("accounts/enrol.html")
