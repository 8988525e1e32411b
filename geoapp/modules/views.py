"""Pages of modules: what is on, the impact assessments, their approval."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from sqlalchemy import Connection

from geoapp.accounts.permissions import Permission
from geoapp.core.clock import today
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.acting import act
from geoapp.edge.forms import Errors, read_form, shown_values
from geoapp.edge.pages import ViewAnswer, reader_locale
from geoapp.modules import actions, forms, reads, rules
from geoapp.modules.counts import recount
from geoapp.modules.declared import MODULES, QUESTIONS

blueprint = Blueprint("modules", __name__)


@blueprint.get("/modules")
@needs(Permission.MODULE_ADMIN)
def show_modules() -> ViewAnswer:
    """All modules with their state."""
    locale = reader_locale()
    with reading() as connection:
        rows = [
            {"key": m.key, "title": translate(m.title, locale), "on": reads.is_on(connection, m.key),
             "assessed": m.assessed, "approved_on": reads.approved_on(connection, m.key)}
            for m in MODULES.values()
        ]  # fmt: skip
    return render_template("modules/list.html", rows=rows)


@blueprint.get("/modules/<module_key>")
@needs(Permission.MODULE_ADMIN)
def show_module(module_key: str) -> ViewAnswer:
    """One module with its switch and its assessments."""
    return _page(module_key, forms.AnswersForm(), [])


@blueprint.post("/modules/<module_key>/switch")
@needs(Permission.MODULE_ADMIN)
def switch(module_key: str) -> ViewAnswer:
    """On or off."""
    form = read_form(forms.SwitchForm)

    def do(connection: Connection) -> tuple[str, str]:
        actions.switch(connection, current_access(), module_key, on=form.wanted.data == "on")
        return f"/modules/{module_key}", translate(N_("已更新。"), reader_locale())

    answer = act(form, do, lambda errors: _page(module_key, forms.AnswersForm(), errors))
    recount(module_key)
    return answer


@blueprint.post("/modules/<module_key>/assessments")
@needs(Permission.MODULE_ADMIN)
def assess(module_key: str) -> ViewAnswer:
    """Save a new assessment."""
    form = read_form(forms.AnswersForm)
    sent = request.files.get("file")
    content = (sent.filename or "", sent.read(rules.MOST_FILE + 1)) if sent and sent.filename else None

    def do(connection: Connection) -> tuple[str, str]:
        answers = {name: form[name].data or "" for name in QUESTIONS}
        actions.write_assessment(connection, current_access(), module_key, answers, content)
        return f"/modules/{module_key}", translate(N_("影响评估已保存，等待另一人批准。"), reader_locale())

    return act(form, do, lambda errors: _page(module_key, form, errors))


@blueprint.post("/modules/<module_key>/assessments/<int:assessment_id>/approval")
@needs(Permission.MODULE_ADMIN)
def approve(module_key: str, assessment_id: int) -> ViewAnswer:
    """Somebody else than the writer approves."""
    form = read_form(forms.PlainForm)

    def do(connection: Connection) -> tuple[str, str]:
        actions.approve(connection, current_access(), module_key, assessment_id)
        return f"/modules/{module_key}", translate(N_("影响评估已批准。"), reader_locale())

    return act(form, do, lambda errors: _page(module_key, forms.AnswersForm(), errors))


@blueprint.get("/modules/<module_key>/assessments/<int:assessment_id>/file")
@needs(Permission.MODULE_ADMIN)
def file(module_key: str, assessment_id: int) -> ViewAnswer:
    """The attached file, always as a download."""
    with reading() as connection:
        name, content = reads.read_file(connection, module_key, assessment_id)
    response = Response(content, mimetype="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _page(module_key: str, form: forms.AnswersForm, errors: Errors) -> str:
    locale, module = reader_locale(), actions.find_module(module_key)
    with reading() as connection:
        on = reads.is_on(connection, module_key)
        approved = reads.approved_on(connection, module_key)
        rows = reads.read_assessments(connection, module_key)
    return render_template(
        "modules/module.html", key=module_key, title=translate(module.title, locale),
        about=translate(module.about, locale), on=on, assessed=module.assessed, rows=rows, errors=errors,
        may_switch_on=rules.may_switch_on(module.assessed, approved, today()), me=current_access().user_id,
        questions=[(name, translate(text, locale)) for name, text in QUESTIONS.items()], values=shown_values(form),
    )  # fmt: skip
