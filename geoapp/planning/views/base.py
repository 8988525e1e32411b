"""What the planner's JSON routes share: the blueprint, sent documents, refusals with their place."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from flask import Blueprint, Response, request

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.edge.pages import json_answer, reader_locale
from geoapp.planning.errors import PlanRefused

blueprint = Blueprint("planning", __name__, url_prefix="/planner/api")
TITLE = N_("没有执行")
WORTH_PACKING = 10_000
"""Bytes from which an answer is packed."""


def refusals_told(view: Callable[..., Response]) -> Callable[..., Response]:
    """Answer a refusal of the planner as JSON: code, sentence, cells, grid, place."""

    @wraps(view)
    def told(*args: Any, **values: Any) -> Response:
        try:
            return view(*args, **values)
        except PlanRefused as refused:
            return json_answer(refusal(refused), refused.status)

    return told


def refusal(refused: PlanRefused) -> dict[str, Any]:
    """A refusal as the editor shows it."""
    locale = reader_locale()
    return {
        "code": refused.code, "title": translate(TITLE, locale), "description": refused.message(locale), "field": None,
        "cells": list(refused.cells), "grid": refused.number, "at": refused.at, **refused.more,
    }  # fmt: skip


def large_answer(body: Any) -> Response:
    """JSON, numbers of arrays too, packed where the reader takes that. Nothing in it is secret or echoed."""
    response = Response(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), content_type="application/json")
    response.headers["Vary"] = "Accept-Encoding"
    if request.accept_encodings.quality("gzip") > 0 and len(response.data) >= WORTH_PACKING:
        response.data = gzip.compress(response.data, compresslevel=1, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    return response


def sent() -> dict[str, Any]:
    """The JSON object of the request. Raises InvalidInput."""
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise InvalidInput(N_("请以 JSON 对象提交。"))
    return found


def text_of(document: dict[str, Any], name: str, default: str | None = None) -> str | None:
    """A text of the document. Raises InvalidInput naming the field."""
    value = document.get(name, default)
    if value is not None and (not isinstance(value, str) or "\x00" in value):
        raise InvalidInput(N_("此项应为文字。"), field=name)
    return value


def box_of(text: str | None) -> tuple[float, float, float, float] | None:
    """"w,s,e,n" in degrees. Raises InvalidInput."""
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InvalidInput(N_("范围应为“西,南,东,北”四个数。"), field="bbox") from error
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InvalidInput(N_("范围应为“西,南,东,北”四个数。"), field="bbox")
    return west, south, east, north
