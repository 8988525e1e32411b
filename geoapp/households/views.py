"""Pages of households: members, number, head, delete when empty (A2.4, A3.10 to A3.13)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from sqlalchemy import Connection, RowMapping

from geoapp.accounts.limits import PEOPLE_READS, limited
from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import StaleForm, Writing
from geoapp.changes.reads import read_changes
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, RecordForm, read_form, shown_values
from geoapp.edge.noting import hits_seen, people_in, person_seen, record_seen
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.edge.trail import region_trail
from geoapp.edge.writing import Address, Do, carry_out
from geoapp.households import actions, forms, reads
from geoapp.households.codes import DELETE_REASONS, FAMILY, KINDS, MODULE, NUMBERS
from geoapp.houses import reads as houses
from geoapp.houses.details import words
from geoapp.modules.reads import is_on
from geoapp.people.codes import RELATIONS
from geoapp.people.gone import find_person
from geoapp.people.reads import MOST_FOUND, read_candidates, read_members

blueprint = Blueprint("households", __name__)
REGISTER, HOME, JOINING = "households", "/households", "households/add.html"


@blueprint.get("/households/<int:household_id>")
@needs(Permission.RESIDENT_NAME)
@limited(PEOPLE_READS)
def show_household(household_id: int) -> ViewAnswer:
    """A household with its members, who was one before, and what may be done."""
    with reading() as connection:
        template, facts = household_detail(connection, household_id)
        record_seen(connection, REGISTER, household_id, facts)
    return render(template, "detail", register=words(REGISTER), **facts)


def household_detail(connection: Connection, household_id: int) -> tuple[str, dict[str, Any]]:
    """(template, context) of a household. Raises NotFound."""
    row = reads.find_household(connection, current_access(), household_id)
    may_write = current_access().may(Permission.RESIDENT_WRITE)
    return "households/show.html", _facts(connection, row) | {"may_write": may_write}


@blueprint.route("/residents/<int:resident_id>/household", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def enter_household(resident_id: int) -> ViewAnswer:
    """Somebody joins the household of a number in their grid, or begins it (A3.10, A3.13)."""
    form = read_form(forms.EnterForm) if request.method == "POST" else forms.EnterForm()

    def do(work: Writing) -> tuple[Address, str]:
        found = actions.enter(
            work, resident_id, _version(form), form.kind.data, form.number.data, form.relation.data
        )  # fmt: skip
        return (HOME, found), _say(N_("已入户。"))

    def again(errors: Errors, error: Exception | None) -> str:
        access, locale = current_access(), reader_locale()
        with reading() as connection:
            row = find_person(connection, access, resident_id)
            person_seen(connection, resident_id, row["region_key"])
            head = houses.read_head(connection, access, "residents", row, locale)
            kinds = [kind for kind in KINDS if kind != FAMILY or is_on(connection, MODULE)]
        values = shown_values(form)
        if request.method == "GET" or isinstance(error, StaleForm):
            values["version"] = row["version"]
        return render(
            "households/enter.html", "detail", detail=head, values=values, errors=errors,
            kinds=[(kind, _say(KINDS[kind])) for kind in kinds], relations=_relations(),
        )  # fmt: skip

    return again([], None) if request.method == "GET" else carry_out(form, do, again)


@blueprint.route("/households/<int:household_id>/members/new", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def add_member(household_id: int) -> ViewAnswer:
    """A candidate joins (A3.12, A3.13)."""
    form = _form(forms.MemberForm)

    def do(work: Writing) -> tuple[Address, str]:
        actions.add_member(work, household_id, _version(form), form.resident.data, form.relation.data)
        return (HOME, household_id), _say(N_("已入户。"))

    return _answer(JOINING, form, household_id, do)


@blueprint.route("/households/<int:household_id>/members/remove", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def remove_member(household_id: int) -> ViewAnswer:
    """A member leaves the household (A3.11)."""
    form = _form(forms.OneForm)

    def do(work: Writing) -> tuple[Address, str]:
        actions.remove_member(work, household_id, _version(form), form.resident.data)
        return (HOME, household_id), _say(N_("该成员已出户。"))

    return _answer("households/remove.html", form, household_id, do)


@blueprint.route("/households/<int:household_id>/members/relation", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def relate_member(household_id: int) -> ViewAnswer:
    """What a member is to the head (A3.11)."""
    form = _form(forms.MemberForm)

    def do(work: Writing) -> tuple[Address, str]:
        actions.relate(work, household_id, _version(form), form.resident.data, form.relation.data)
        return (HOME, household_id), _say(N_("与户主的关系已更正。"))

    return _answer("households/relation.html", form, household_id, do)


@blueprint.route("/households/<int:household_id>/head", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def change_head(household_id: int) -> ViewAnswer:
    """Another member is the head (A3.11)."""
    form = _form(forms.OneForm)

    def do(work: Writing) -> tuple[Address, str]:
        actions.change_head(work, household_id, _version(form), form.resident.data)
        return (HOME, household_id), _say(N_("户主已变更。"))

    return _answer("households/head.html", form, household_id, do)


@blueprint.route("/households/<int:household_id>/number", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def renumber(household_id: int) -> ViewAnswer:
    """Another number; one in use is refused (A3.11)."""
    form = _form(forms.NumberForm)

    def do(work: Writing) -> tuple[Address, str]:
        actions.renumber(work, household_id, _version(form), form.number.data)
        return (HOME, household_id), _say(N_("编号已变更。"))

    return _answer("households/number.html", form, household_id, do)


@blueprint.route("/households/<int:household_id>/delete", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def delete_household(household_id: int) -> ViewAnswer:
    """An empty household goes (A3.11, A17)."""
    form = _form(forms.DeleteForm)

    def do(work: Writing) -> tuple[Address, str]:
        region_key = work.find(actions.household, household_id).region_key
        actions.delete_empty(work, household_id, _version(form), form.reason.data)
        return ("regions", region_key), _say(N_("空户已删除。"))

    return _answer("households/delete.html", form, household_id, do)


# -- parts ---------------------------------------------------------------------------------


def _say(msgid: str) -> str:
    return translate(msgid, reader_locale())


def _relations() -> list[tuple[str, str]]:
    return [(value, _say(label)) for value, label in RELATIONS.items()]


def _version(form: RecordForm) -> int:
    if form.version.data is None:
        raise InvalidInput(N_("表单缺少版本号，请刷新页面后重试。"), field="version")
    return int(form.version.data)


def _form(kind: type[Any]) -> Any:
    return read_form(kind) if request.method == "POST" else kind()


def _answer(template: str, form: RecordForm, household_id: int, do: Do) -> ViewAnswer:
    def again(errors: Errors, error: Exception | None) -> str:
        return _page(template, form, household_id, errors, error)

    return again([], None) if request.method == "GET" else carry_out(form, do, again)


def _page(
    template: str, form: RecordForm | None, household_id: int, errors: Errors, error: Exception | None
) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        row = reads.find_household(connection, access, household_id)
        candidates = []
        if template == JOINING:
            place = (row["kind"], household_id, row["region_key"])
            candidates = read_candidates(connection, access, *place, locale)
        facts = _facts(connection, row) | {"candidates": candidates}
        hits_seen(connection, sorted({one.id for one in people_in(facts)}), row["region_key"])
    values = shown_values(form) if form else {}
    if request.method == "GET" or isinstance(error, StaleForm):
        values["version"] = row["version"]
    return render(
        template, "detail", **facts, values=values, errors=errors, relations=_relations(),
        cut=len(candidates) if len(candidates) == MOST_FOUND else 0,
        reasons=[(value, _say(label)) for value, label in DELETE_REASONS.items()],
        holder=getattr(error, "holder_id", None), may_write=access.may(Permission.RESIDENT_WRITE),
        picks=[(p.id, p.name) for p in (candidates if template == JOINING else facts["members"])],
    )  # fmt: skip


def _facts(connection: Connection, row: RowMapping) -> dict[str, Any]:
    access, locale, number = current_access(), reader_locale(), row["id"]
    return {
        "detail": _head(connection, row), "members": read_members(connection, access, row["kind"], number, locale),
        "past": reads.read_past(connection, access, number, locale),
        "changes": read_changes(connection, access, locale, (REGISTER, [number])),
    }


def _head(connection: Connection, row: RowMapping) -> dict[str, Any]:
    facts = {"title": _say(NUMBERS[row["kind"]]), "number": row["number"]}
    return {
        "register": "households", "id": row["id"], "url": f"{HOME}/{row['id']}", "kind": _say(KINDS[row["kind"]]),
        "label": translate(N_("%(title)s %(number)s"), reader_locale(), **facts), "lon": None, "lat": None, "placed": 1,
        "origin": row["origin"], "source": row["source"],
        "regions": region_trail(connection, current_access(), row["region_key"]), "updated_at": row["updated_at"],
        "number": row["number"],
    }  # fmt: skip


DETAILS = {REGISTER: household_detail}
"""Register to the function that reads one record: (connection, id) -> (template, context)."""
