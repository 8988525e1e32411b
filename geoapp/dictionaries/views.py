"""Pages of code lists (数据字典) for administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template
from sqlalchemy import Connection

from geoapp.accounts.permissions import Permission
from geoapp.core.i18n import N_, translate
from geoapp.dictionaries import actions, forms
from geoapp.dictionaries.lists import all_dictionaries, all_numbers
from geoapp.dictionaries.reads import forget
from geoapp.edge.access import current_access, needs
from geoapp.edge.acting import act
from geoapp.edge.forms import Errors, read_form, shown_values
from geoapp.edge.pages import ViewAnswer, reader_locale

blueprint = Blueprint("dictionaries", __name__)
Change = Callable[[Connection], None]


@blueprint.get("/dictionaries")
@needs(Permission.DICTIONARY_ADMIN)
def show_dictionaries() -> ViewAnswer:
    """All lists and numbers."""
    return _overview([], "")


@blueprint.get("/dictionaries/<dictionary_key>")
@needs(Permission.DICTIONARY_ADMIN)
def show_dictionary(dictionary_key: str) -> ViewAnswer:
    """One list with its codes."""
    return _page(dictionary_key, [], None)


@blueprint.post("/dictionaries/<dictionary_key>/codes")
@needs(Permission.DICTIONARY_ADMIN)
def add_code(dictionary_key: str) -> ViewAnswer:
    """One more code."""
    form = read_form(forms.WordsForm)
    told = (form.code.data, form.zh.data, form.en.data)
    return _change(form, dictionary_key, lambda c: actions.add_code(c, current_access(), dictionary_key, *told))


@blueprint.post("/dictionaries/<dictionary_key>/rename")
@needs(Permission.DICTIONARY_ADMIN)
def rename_code(dictionary_key: str) -> ViewAnswer:
    """Other words for a code."""
    form = read_form(forms.WordsForm)
    told = (form.code.data, form.zh.data, form.en.data)
    return _change(form, dictionary_key, lambda c: actions.rename_code(c, current_access(), dictionary_key, *told))


@blueprint.post("/dictionaries/<dictionary_key>/retire")
@needs(Permission.DICTIONARY_ADMIN)
def retire_code(dictionary_key: str) -> ViewAnswer:
    """A code is not to be chosen any more."""
    return _retire(dictionary_key, retired=True)


@blueprint.post("/dictionaries/<dictionary_key>/offer")
@needs(Permission.DICTIONARY_ADMIN)
def offer_code(dictionary_key: str) -> ViewAnswer:
    """A retired code may be chosen again."""
    return _retire(dictionary_key, retired=False)


@blueprint.post("/dictionaries/<dictionary_key>/delete")
@needs(Permission.DICTIONARY_ADMIN)
def delete_code(dictionary_key: str) -> ViewAnswer:
    """An added code nobody has used goes."""
    form = read_form(forms.CodeForm)
    code = form.code.data
    return _change(form, dictionary_key, lambda c: actions.delete_code(c, current_access(), dictionary_key, code))


@blueprint.post("/dictionaries/numbers/<number_key>")
@needs(Permission.DICTIONARY_ADMIN)
def set_number(number_key: str) -> ViewAnswer:
    """Another value for a number."""
    form = read_form(forms.NumberForm)
    actions.find_number(number_key)

    def do(connection: Connection) -> tuple[str, str]:
        actions.set_number(connection, current_access(), number_key, form.value.data)
        return "/dictionaries", translate(N_("已更新。"), reader_locale())

    return _then(act(form, do, lambda errors: _overview(errors, number_key)))


# -- parts ---------------------------------------------------------------------------------


def _retire(key: str, *, retired: bool) -> ViewAnswer:
    form = read_form(forms.CodeForm)
    code = form.code.data
    return _change(form, key, lambda c: actions.retire_code(c, current_access(), key, code, retired=retired))


def _change(form: Any, key: str, change: Change) -> ViewAnswer:
    actions.find_dictionary(key)

    def do(connection: Connection) -> tuple[str, str]:
        change(connection)
        return f"/dictionaries/{key}", translate(N_("已更新。"), reader_locale())

    return _then(act(form, do, lambda errors: _page(key, errors, form)))


def _then(answer: ViewAnswer) -> ViewAnswer:
    """What was changed, or read under a lock and given up, is looked at anew by the next request."""
    forget()
    return answer


def _overview(errors: Errors, key: str) -> str:
    locale = reader_locale()
    lists = [
        (one.key, translate(one.title, locale), len(one.offered()), len(one))
        for one in all_dictionaries().values()
    ]  # fmt: skip
    numbers = [(one, translate(one.title, locale)) for one in all_numbers().values()]
    return render_template("dictionaries/list.html", lists=lists, numbers=numbers, errors=errors, wrong=key)


def _page(key: str, errors: Errors, form: Any) -> str:
    locale, found = reader_locale(), actions.find_dictionary(key)
    rows = [
        {"code": code, "zh": translate(words, "zh"), "en": translate(words, "en"), "retired": found.is_retired(code),
         "fixed": code in found.fixed, "seeded": code in found.seed}
        for code, words in found.items()
    ]  # fmt: skip
    return render_template(
        "dictionaries/dictionary.html", key=key, title=translate(found.title, locale), rows=rows, errors=errors,
        values=shown_values(form) if form is not None and "zh" in form else {},
    )  # fmt: skip
