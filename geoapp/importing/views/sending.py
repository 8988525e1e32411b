"""Large files come in pieces, each with the byte it begins at; `send-file.js` goes on where a connection broke."""

from __future__ import annotations

from flask import Blueprint, request

from geoapp.accounts.permissions import SIGNED_IN, Permission
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from geoapp.edge.access import current_access, needs
from geoapp.edge.pages import ViewAnswer, json_answer
from geoapp.importing import actions, files, parts
from geoapp.importing.forms import UploadForm
from geoapp.importing.views.switch import only_while_on

blueprint = only_while_on(Blueprint("import_sending", __name__))


@blueprint.post("/imports/parts")
@needs(SIGNED_IN)
def begin_file() -> ViewAnswer:
    """A file is about to come; its key."""
    return json_answer({"key": parts.begin(get_settings(), _sender()), "done": 0}, 201)


@blueprint.get("/imports/parts/<part_key>")
@needs(SIGNED_IN)
def show_file(part_key: str) -> ViewAnswer:
    """How much of it is there."""
    return json_answer({"done": parts.done(get_settings(), _sender(), part_key)})


@blueprint.post("/imports/parts/<part_key>")
@needs(SIGNED_IN)
def take_piece(part_key: str) -> ViewAnswer:
    """The bytes from `at` on; 409 with what is there where the file ends elsewhere."""
    try:
        done = parts.append(get_settings(), _sender(), part_key, _at(), request.get_data(cache=False))
    except parts.Elsewhere as error:
        return json_answer({"done": error.done}, 409)
    return json_answer({"done": done})


@blueprint.post("/imports/parts/<part_key>/cancel")
@needs(SIGNED_IN)
def give_up(part_key: str) -> ViewAnswer:
    """What has come is thrown away."""
    parts.drop(get_settings(), _sender(), part_key)
    return json_answer({"done": 0})


def sent_file(form: UploadForm) -> tuple[files.Stored, str]:
    """What was sent, in the form or in pieces before it, and its name. Raises InvalidInput."""
    sent, settings = request.files.get("file"), get_settings()
    if form.part.data:
        name = actions.shown_name(form.part_name.data or "")
        try:
            with parts.taken(settings, _sender(), form.part.data) as stream:
                return files.store(settings, stream, name), name
        except NotFound as error:
            raise InvalidInput(N_("文件没有传完，请重新选择文件。"), field="file") from error
    if sent is None or not sent.filename:
        raise InvalidInput(N_("请选择文件。"), field="file")
    return files.store(settings, sent.stream, actions.shown_name(sent.filename)), sent.filename


def _at() -> int:
    said = request.args.get("at", "")
    if not said.isascii() or not said.isdigit() or len(said) > 12:
        raise InvalidInput(field="at")
    return int(said)


def _sender() -> int:
    """Who sends. Raises NotFound for who may send no file, neither to be claimed nor for a first fill."""
    access = current_access()
    if not (access.may(Permission.IMPORT_UPLOAD) or access.may(Permission.IMPORT_FILL)):
        raise NotFound()
    return access.user_id or 0
