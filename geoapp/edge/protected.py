"""What a request for one protected value is answered with: masked, asked for, or shown for a while (D3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, make_response, request

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import get_settings
from geoapp.edge.pages import reader_locale, render
from geoapp.protection.reveals import REASONS

SENT = frozenset({"reason", "csrf_token"})


@dataclass(frozen=True)
class Shown:
    """A value on a page: `name` is the id of its place there, `url` its address, `record_url` the page."""

    name: str
    title: str
    value: str
    url: str
    record_url: str


def asked() -> str:
    """"ask" where the page wants the question why, else "masked"."""
    return "ask" if request.args.get("ask") else "masked"


def sent_reason() -> str:
    """The reason given. Raises InvalidInput for anything sent beside it: a posted value has nowhere to go (PR-9)."""
    unknown = next((name[:40] for name in request.form if name not in SENT), None)
    if unknown is not None:
        raise InvalidInput(N_("表单没有“%(name)s”这一项。"), field=unknown, name=unknown)
    return request.form.get("reason", "")


def value_answer(shown: Shown, state: str, beside: Sequence[str] = ()) -> Response:
    """The value in its `state` (templates/protection/value.html), never kept by the browser."""
    locale = reader_locale()
    page = render(
        "protection/value.html", "value", state=state, shown=shown, seconds=get_settings().reveal_seconds,
        reasons=[(code, translate(words, locale)) for code, words in REASONS.items()], beside=beside,
    )  # fmt: skip
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
