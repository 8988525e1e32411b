"""Large files come in pieces, each with the byte it begins at; `send-file.js` goes on where a connection broke."""

from __future__ import annotations

from flask import Blueprint, request

from geoapp.accounts.permissions import Permission
from geoapp.core.errors import InvalidInput
from geoapp.core.settings import get_settings
from geoapp.edge.access import current_access, needs
from geoapp.edge.pages import ViewAnswer, json_answer
from geoapp.importing import parts
from geoapp.importing.views.switch import only_while_on

blueprint = only_while_on(Blueprint("import_sending", __name__))


@blueprint.post("/imports/parts")
@needs(Permission.IMPORT_UPLOAD)
def begin_file() -> ViewAnswer:
    """A file is about to come; its key."""
    return json_answer({"key": parts.begin(get_settings(), _sender()), "done": 0}, 201)


@blueprint.get("/imports/parts/<part_key>")
@needs(Permission.IMPORT_UPLOAD)
def show_file(part_key: str) -> ViewAnswer:
    """How much of it is there."""
    return json_answer({"done": parts.done(get_settings(), _sender(), part_key)})


@blueprint.post("/imports/parts/<part_key>")
@needs(Permission.IMPORT_UPLOAD)
def take_piece(part_key: str) -> ViewAnswer:
    """The bytes from `at` on; 409 with what is there where the file ends elsewhere."""
    try:
        done = parts.append(get_settings(), _sender(), part_key, _at(), request.get_data(cache=False))
    except parts.Elsewhere as error:
        return json_answer({"done": error.done}, 409)
    return json_answer({"done": done})


@blueprint.post("/imports/parts/<part_key>/cancel")
@needs(Permission.IMPORT_UPLOAD)
def give_up(part_key: str) -> ViewAnswer:
    """What has come is thrown away."""
    parts.drop(get_settings(), _sender(), part_key)
    return json_answer({"done": 0})


def _at() -> int:
    said = request.args.get("at", "")
    if not said.isascii() or not said.isdigit() or len(said) > 12:
        raise InvalidInput(field="at")
    return int(said)


def _sender() -> int:
    return current_access().user_id or 0
