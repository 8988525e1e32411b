"""A password by a one-time link: the invited, and who was given a reset."""

from __future__ import annotations

from flask import render_template, request

from geoapp.accounts import links
from geoapp.accounts.forms import WelcomeForm
from geoapp.accounts.guesses import PER_ADDRESS
from geoapp.accounts.limits import take
from geoapp.accounts.passwords import hash_password
from geoapp.accounts.permissions import PUBLIC
from geoapp.accounts.rules import check_password
from geoapp.accounts.views.base import blueprint, leave
from geoapp.accounts.views.own import AGAIN
from geoapp.core.db import app_engine
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.edge.access import needs
from geoapp.edge.forms import Errors, as_errors, errors_of, read_form
from geoapp.edge.pages import ViewAnswer


@blueprint.route("/welcome", methods=["GET", "POST"])
@needs(PUBLIC)
def welcome() -> ViewAnswer:
    """Set a password; afterwards one signs in with it. Asking too often is refused."""
    take(PER_ADDRESS, f"welcome|{request.remote_addr}")
    form = read_form(WelcomeForm) if request.method == "POST" else WelcomeForm(data=request.args)
    secret = str(form.key.data or "")[:100]
    with app_engine().begin() as connection:
        link = links.read_link(connection, secret)

    def page(errors: Errors) -> str:
        return render_template("accounts/welcome.html", link=link, key=secret, errors=errors)

    if request.method == "GET":
        return page([])
    if not form.validate():
        return page(errors_of(form)), 400
    try:
        check_password(form.password.data, link.username, link.display_name)
        if form.password.data != form.again.data:
            raise InvalidInput(AGAIN, field="again")
    except InvalidInput as error:
        return page(as_errors(error, form.data)), 400
    word = hash_password(form.password.data)
    with app_engine().begin() as connection:
        links.use_link(connection, secret, form.password.data, word)
    return leave("/sign-in", N_("密码已设置，请用它登录。"))
