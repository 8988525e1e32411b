"""Pages of importing grid polygons: send a file, see what is wrong, preview, mend, make a draft plan (#5.6)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import shapely
from flask import Blueprint, render_template, request
from sqlalchemy import Row

from geoapp.accounts.permissions import Permission
from geoapp.changes.work import write
from geoapp.core.errors import GeoappError, InvalidInput
from geoapp.core.i18n import N_, Label, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.pages import ViewAnswer, json_answer, leave_for, reader_locale
from geoapp.loading.faults import INVALIDITY
from geoapp.planning import importing
from geoapp.planning.importing_faces import GAP, NEW, OUTSIDE, OVERLAP, Finding, is_rounding, joined
from geoapp.planning.importing_files import read_polygons
from geoapp.planning.plans import area_of

blueprint = Blueprint("planning_importing", __name__)
KINDS = {GAP: N_("空隙"), OVERLAP: N_("重叠"), OUTSIDE: N_("超出边界")}
STATES = {"open": N_("待处理"), "done": N_("已生成草案"), "dropped": N_("已放弃")}
MOST_SHOWN = 500
SIDE = 640
"""Of the picture of a community, in its own units."""


@blueprint.get("/planner/imports")
@needs(Permission.PLAN_EDIT)
def list_imports() -> ViewAnswer:
    """Imports of the reader's area and the form for another."""
    return _list_page()


@blueprint.post("/planner/imports")
@needs(Permission.PLAN_EDIT)
def send_file() -> ViewAnswer:
    """Read a file of polygons; its page follows. What cannot be used is told on the form."""
    try:
        import_id = _read_sent()
    except InvalidInput as error:
        return _list_page(error), 400
    return leave_for(f"/planner/imports/{import_id}")


@blueprint.get("/planner/imports/<int:import_id>")
@needs(Permission.PLAN_EDIT)
def show_import(import_id: int) -> ViewAnswer:
    """What is wrong with an import; with `tolerance` and `mend` in the address, a preview of mending it."""
    with reading() as connection:
        row = importing.find_import(connection, current_access(), import_id)
        facts = _facts(connection, row)
    return render_template("planning/import.html", **facts)


@blueprint.get("/planner/imports/<int:import_id>.json")
@needs(Permission.PLAN_EDIT)
def show_findings(import_id: int) -> ViewAnswer:
    """The same for programs: findings with their shapes (GeoJSON, EPSG:4326), houses outside, refused rows."""
    with reading() as connection:
        row = importing.find_import(connection, current_access(), import_id)
        facts = _facts(connection, row)
    names = ("version", "state", "tolerance", "findings", "open", "houses", "house_count", "refused", "plan_id", "more")
    return json_answer({name: facts[name] for name in names})


@blueprint.post("/planner/imports/<int:import_id>")
@needs(Permission.PLAN_EDIT)
def decide(import_id: int) -> ViewAnswer:
    """Keep what was chosen, or make the draft plan, or put the import away, by the button pressed."""
    version, what = _number("version"), request.form.get("do", "")
    with write(current_access(), request.form.get("form_token", "")) as work:
        work.url = f"/planner/imports/{import_id}"
        if what == "drop":
            importing.drop(work, import_id, version)
            work.url = "/planner/imports"
        elif what == "plan":
            plan_id = importing.make_plan(work, import_id, version, _number("low", 300), _number("high", 500))
            work.url = f"/planner/plans/{plan_id}"
        elif what == "mend":
            tolerance, choices = _tolerance(request.form.get("tolerance", "0")), _choices(request.form.getlist("mend"))
            importing.store_choices(work, import_id, version, tolerance, choices)
        else:
            raise InvalidInput(N_("请选择列表中的一项。"), field="do")
    return leave_for(work.url)


def _read_sent() -> int:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InvalidInput(N_("请选择一个文件。"), field="file")
    name = Path(sent.filename.replace("\\", "/")).name
    title = request.form.get("name", "").strip() or Path(name).stem[:100]
    access = current_access()
    with tempfile.TemporaryDirectory(prefix="geoapp-import-") as folder:
        path = Path(folder) / ("file" + "".join(Path(name).suffixes[-2:]))
        sent.save(path)
        with reading() as connection:
            extent = importing.known_extent(connection)
        content = read_polygons(path, extent, request.form.get("crs", "").strip(), None)
    with write(access, request.form.get("form_token", "")) as work:
        import_id = importing.open_import(
            work.connection, access, request.form.get("area", "").strip(), title, name, content
        )
        work.url = f"/planner/imports/{import_id}"
    return import_id


def _list_page(error: GeoappError | None = None) -> str:
    locale = reader_locale()
    with reading() as connection:
        rows = importing.imports(connection, current_access())
        areas = importing.area_names(connection, [row.region_key for row in rows])
    shown = [
        {"id": row.id, "name": row.name, "area": areas.get(row.region_key, ""), "file": row.file_name,
         "state": translate(STATES[row.state], locale), "at": row.made_at}
        for row in rows
    ]  # fmt: skip
    said = None if error is None else error.message(locale)
    return render_template("planning/imports.html", imports=shown, error=said, sent=request.form)


def _facts(connection: Any, row: Row[Any]) -> dict[str, Any]:
    asked = request.args
    preview = "tolerance" in asked or "mend" in asked
    tolerance = _tolerance(asked.get("tolerance", "0")) if preview else row.tolerance
    choices = _choices(asked.getlist("mend")) if preview else row.choices
    parts = importing.look(connection, row, tolerance, choices)
    number, houses = importing.houses_outside(connection, row)
    findings = [one for part in parts for one in _findings(part, choices)]
    return {
        "import": row, "version": row.version, "state": row.state, "plan_id": row.plan_id, "tolerance": tolerance,
        "preview": preview, "findings": findings[:MOST_SHOWN], "more": max(len(findings) - MOST_SHOWN, 0),
        "open": sum(one["open"] for one in findings), "house_count": number,
        "houses": [{"id": h.id, "number": h.number, "lon": round(h.lon, 6), "lat": round(h.lat, 6)} for h in houses],
        "refused": [{"line": one["line"], "description": _sentence(one), "at": one.get("at")} for one in row.refused],
        "pictures": [_picture(part) for part in parts], "area": area_of(row.region_key).text,
        "state_text": translate(STATES[row.state], reader_locale()),
    }  # fmt: skip


def _findings(part: importing.Part, choices: dict[str, int | None]) -> list[dict[str, Any]]:
    locale, still = reader_locale(), {finding.id for finding in part.still}
    found = []
    for finding in part.faces.findings:
        if is_rounding(finding):
            continue
        shape = part.degrees(finding.shape)
        place = shapely.point_on_surface(shape)
        names = "、".join(_name(part, number) for number in finding.claims)
        facts = {"area": f"{finding.area_m2:,.1f}", "width": f"{finding.width:.2f}", "names": names}
        to = choices.get(finding.id)
        own = [one.number for one in part.polygons]
        chosen = own.index(to) if to in own else finding.to if to is None else NEW
        found.append({
            "id": finding.id, "kind": finding.kind, "kind_text": translate(KINDS[finding.kind], locale),
            "description": translate(importing.SENTENCES[finding.kind], locale, **facts),
            "width": round(finding.width, 3), "area": round(finding.area_m2, 2), "open": finding.id in still,
            "chosen": finding.id in choices, "to": _goes(part, finding.kind, chosen),
            "value": (finding.id if to is None else f"{finding.id}:{to}") if finding.id in choices else "",
            "options": _options(part, finding),
            "lon": round(place.x, 6), "lat": round(place.y, 6), "community": part.community.name,
            "shape": shapely.to_geojson(shapely.set_precision(shape, 1e-8, mode="pointwise")),
        })  # fmt: skip
    return found


def _options(part: importing.Part, finding: Finding) -> list[tuple[str, str]]:
    """(value, words) of what can be done about a finding, the proposal first."""
    found = [(finding.id, _goes(part, finding.kind, finding.to))]
    if finding.kind == OVERLAP:
        found += [
            (f"{finding.id}:{part.polygons[one].number}", _goes(part, OVERLAP, one))
            for one in finding.claims if one != finding.to
        ]  # fmt: skip
    if finding.kind == GAP and finding.to != NEW:
        found.append((f"{finding.id}:{NEW}", _goes(part, GAP, NEW)))
    return found


def _goes(part: importing.Part, kind: str, to: int | None) -> str:
    locale = reader_locale()
    if kind == OUTSIDE:
        return translate(N_("裁去"), locale)
    if to is None or to == NEW:
        return translate(N_("单独成为一个网格"), locale)
    return translate(N_("归入“%(name)s”"), locale, name=_name(part, to))


def _name(part: importing.Part, number: int) -> str:
    one = part.polygons[number]
    return str(one.name or one.code or translate(N_("第 %(line)s 行"), reader_locale(), line=one.line))


def _picture(part: importing.Part) -> dict[str, Any]:
    """Paths of a community for an SVG: the polygons as they would be, and what is open."""
    west, south, east, north = shapely.total_bounds(part.faces.shapes)
    scale = SIDE / max(east - west, north - south)
    height = round((north - south) * scale)

    def path(shape: shapely.Geometry) -> str:
        drawn = ""
        for ring in shapely.get_rings(shape):
            points = (shapely.get_coordinates(ring) - (west, north)) * (scale, -scale)
            drawn += "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"
        return drawn

    return {
        "name": part.community.name, "width": round((east - west) * scale), "height": height,
        "grids": [path(shape) for shape in joined(part.faces, part.goes).values()],
        "open": [path(finding.shape) for finding in part.still],
    }  # fmt: skip


def _sentence(one: dict[str, Any]) -> str:
    words = {name: Label(value) if value in INVALIDITY.values() else value for name, value in one["facts"].items()}
    return translate(one["msgid"], reader_locale(), **words)


def _tolerance(words: str) -> float:
    try:
        return importing.check_tolerance(float(words or 0))
    except ValueError as error:
        raise InvalidInput(N_("容差应为数字（米）。"), field="tolerance") from error


def _choices(sent: list[str]) -> dict[str, int | None]:
    """Each "finding" is mended as proposed, each "finding:polygon" by giving it to that one."""
    choices: dict[str, int | None] = {}
    for one in filter(None, sent):
        finding, _, to = one.partition(":")
        if to and not to.removeprefix("-").isdecimal():
            raise InvalidInput(N_("请选择列表中的一项。"), field="mend")
        choices[finding] = int(to) if to else None
    return choices


def _number(name: str, default: int | None = None) -> int:
    words = request.form.get(name, "")
    if not words and default is not None:
        return default
    if not (words.isascii() and words.isdigit() and len(words) < 10):
        raise InvalidInput(N_("请填写整数。"), field=name)
    return int(words)
