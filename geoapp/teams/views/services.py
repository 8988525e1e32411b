"""Records of services: today's visits, writing one down in a few taps, taking it back (A1.4, A1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from geoapp.accounts.limits import PEOPLE_READS, limited
from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import Writing
from geoapp.core.clock import today
from geoapp.core.i18n import N_, translate
from geoapp.core.photos import clean_photo
from geoapp.core.settings import undo_minutes
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, read_form, shown_values
from geoapp.edge.noting import hits_seen
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.edge.trail import region_trail
from geoapp.edge.writing import Address, carry_out
from geoapp.houses.timeline import add_source
from geoapp.people.reads import Person, read_persons
from geoapp.teams import forms, reads, records, rules, timeline, visits
from geoapp.teams.codes import KINDS, SERVICES
from geoapp.teams.kinds import open_kinds

blueprint = Blueprint("services", __name__)
add_source(timeline.NAME, N_("走访和服务"), timeline.read_services)


@blueprint.get("/visits")
@needs(Permission.SERVICE_WRITE)
def show_visits() -> ViewAnswer:
    """What the reader has recorded today, and whose house is due, the longest unvisited first."""
    access, locale, days = current_access(), reader_locale(), _days()
    with reading() as connection:
        done = reads.records_of_today(connection, access, locale)
        due, total = visits.due_houses(connection, access, days)
    return render("teams/visits.html", "content", done=done, due=due, total=total, days=days, spans=rules.SPANS)


@blueprint.route("/visits/new", methods=["GET", "POST"])
@needs(Permission.SERVICE_WRITE)
@limited(PEOPLE_READS)
def new_visit() -> ViewAnswer:
    """Write a service down, at a house, for a person or at a point."""
    if request.method == "GET":
        return _form(None, [], None)
    form = read_form(forms.ServiceForm)
    sent = [file for file in request.files.getlist("photos") if file.filename]

    def do(work: Writing) -> tuple[Address, str]:
        rules.check_photos(len(sent))
        photos = [clean_photo(file.read()) for file in sent]
        found = records.add_record(work, form.facts(), photos)
        return ("/services", found), _say(N_("服务记录已保存；%(minutes)s 分钟内可以撤销。"), minutes=undo_minutes())

    return carry_out(form, do, lambda errors, error: _form(form, errors, error))


@blueprint.get("/services/<int:service_id>")
@needs(Permission.RESIDENT_NAME)
@limited(PEOPLE_READS)
def show_record(service_id: int) -> ViewAnswer:
    """One record: by whom, for whom, when, where, what."""
    return _record(service_id)


@blueprint.post("/services/<int:service_id>/undo")
@needs(Permission.SERVICE_WRITE)
def undo_record(service_id: int) -> ViewAnswer:
    """Take a record of one's own back within ten minutes."""
    form = read_form(forms.ConfirmForm)

    def do(work: Writing) -> tuple[Address, str]:
        return ("teams", records.undo_record(work, service_id)), _say(N_("服务记录已撤销。"))

    return carry_out(form, do, lambda errors, error: _record(service_id, errors))


@blueprint.get("/services/photos/<int:photo_id>")
@needs(Permission.RESIDENT_NAME)
def show_photo(photo_id: int) -> Response:
    """A photo, by a link of the last ten minutes made for this reader."""
    with reading() as connection:
        found = reads.read_photo(connection, current_access(), photo_id, request.args.get("key", ""))
    response = Response(found.content, mimetype=found.mimetype)
    response.headers["Cache-Control"] = "private, no-store"
    return response


# -- parts ---------------------------------------------------------------------------------


def _say(msgid: str, **facts: object) -> str:
    return translate(msgid, reader_locale(), **facts)


def _days() -> int:
    days = request.args.get("days", rules.USUAL_SPAN, type=int)
    return days if days in rules.SPANS else rules.USUAL_SPAN


def _options(codes: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(value, _say(label)) for value, label in codes.items()]


def _record(service_id: int, errors: Errors = ()) -> str:  # type: ignore[assignment] # nothing to say by default
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        found = reads.read_record(connection, access, service_id, locale)
        people = read_persons(connection, access, found["resident_ids"], locale)
        _note(connection, people, found["row"]["region_key"])
        trail = region_trail(connection, access, found["row"]["region_key"])
    return render("teams/record.html", "detail", people=people, regions=trail, errors=errors, **found)


def _form(form: forms.ServiceForm | None, errors: Errors, _error: Exception | None) -> str:
    """The form; who lives in the house, or who the page was opened for, is ticked already."""
    access, locale = current_access(), reader_locale()
    house_id, resident_id, team_id = _asked(form)
    with reading() as connection:
        place = visits.read_place(connection, access, house_id, resident_id)
        teams = reads.read_teams(connection, access, place.region_key)
        team = next((one for one in teams if one["id"] == team_id), teams[0] if teams else None)
        members = reads.read_members(connection, access, [team["id"]] if team else [], locale)
        kinds = list(open_kinds(connection, access))
        people = visits.read_candidates(connection, access, place, locale)
        _note(connection, people, place.region_key)
    members = [one for one in members if one.left_on is None]
    if form is None:
        ticked = [one.id for one in people if resident_id in (None, one.id)]
        mine = [one.id for one in members if one.mine][:1]
        form = forms.ServiceForm(data={
            "team": team["id"] if team else None, "day": today(), "house": place.house_id, "people": ticked,
            "members": mine or [one.id for one in members][:1],
        })  # fmt: skip
    values: dict[str, Any] = shown_values(form) | {"people": form.people.data, "members": form.members.data}
    return render(
        "teams/visit.html", "detail", place=place, values=values, errors=errors, team=team, teams=teams,
        members=[(one.id, f"{one.name} · {one.post}") for one in members],
        people=[(one.id, one.name) for one in people],
        kinds=_options({key: KINDS[key] for key in kinds}), services=_options(SERVICES),
        most=rules.MOST_PHOTOS, resident_id=resident_id,
    )  # fmt: skip


def _asked(form: forms.ServiceForm | None) -> tuple[int | None, int | None, int | None]:
    """House, person and team that the form is for; one sent without a house is for the first person ticked."""
    if form is not None:
        people = [] if form.house.data else form.people.data or []
        return form.house.data, people[0] if people else None, form.team.data
    house, resident, team = (request.args.get(name, type=int) for name in ("house", "resident", "team"))
    return house, resident, team


def _note(connection: Connection, people: list[Person], region_key: int | None) -> None:
    """Residents named on a page are events of the audit log."""
    if people:
        hits_seen(connection, sorted(one.id for one in people), region_key)
