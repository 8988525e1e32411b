"""Coverage: who has been served of late, by region, and who has not (A1.5, D3.3, D3.4)."""

from __future__ import annotations

import re
from datetime import timedelta

import mapbox_vector_tile
import pytest
from sqlalchemy import func, select, text

from geoapp.core.clock import today
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.people.models import Resident
from geoapp.teams.codes import BANDS
from geoapp.web.factory import create_app
from grids_boundaries.access import begin
from grids_boundaries.keys import parse_code
from layers.registers.coverage import SHARES
from layers.registry import all_registers
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import compile_query
from tests.factories import city_plan as plan
from tests.geoapp.teams.test_views import HOME, LIVING, post, visit
from tests.support.kept import kept_disagreements
from tests.support.web import sign_in

GRIDS = plan.grids()
GRID = GRIDS[0].key
EDGES = {0: "d30", 29: "d30", 30: "d90", 89: "d90", 90: "d180", 179: "d180", 180: "d365", 364: "d365", 365: "older", None: "never"}
"""Days since the last service: the day before, the day."""


def served(days_ago):
    """The first residents of the grid were last served so many days ago, one each."""
    with owner_transaction() as connection:
        ids = connection.scalars(text("SELECT id FROM resident WHERE region_key = :g AND state = 'active' ORDER BY id"), {"g": GRID}).all()
        for resident_id, days in zip(ids, days_ago, strict=False):
            day = None if days is None else today() - timedelta(days=days)
            connection.execute(text("UPDATE resident SET served_on = :d WHERE id = :i"), {"d": day, "i": resident_id})
    return dict(zip(ids, days_ago, strict=False)), len(ids)


def tile_of(client, address="15/26970/12405"):
    answer = client.get(f"/tiles/coverage/{address}.mvt", headers={"Accept-Encoding": "identity"})
    layer = mapbox_vector_tile.decode(answer.data)["coverage"]
    return {f["id"]: f["properties"]["c"] for f in layer["features"]}, answer.headers["ETag"]


@pytest.fixture
def worker(own_city):
    return sign_in(create_app(), "worker")


def test_a15_list_totals_breakdown_and_page_agree_on_who_has_not_been_served(worker):
    days, people = served(EDGES)
    for resident_id, since in days.items():
        page = worker.get(f"/registers/residents?served={EDGES[since]}&limit=500").text
        assert f'data-id="{resident_id}"' in page, since
    table = worker.get(f"/registers/residents/breakdown.json?by=served&region={GRID}").json
    counts = dict(zip([c["value"] for c in table["categories"]], table["totals"], strict=True))
    assert counts == {"d30": 2, "d90": 2, "d180": 2, "d365": 2, "older": 1, "never": people - 9} and list(counts) == list(BANDS)
    page = worker.get(f"/registers/coverage/{GRID}").text
    missed = f"/registers/residents?region={GRIDS[0].code}&amp;served=d180&amp;served=d365&amp;served=older&amp;served=never"
    assert missed in page and f"{GRIDS[0].code}服务队" in page and f"<td>{100 * 4 // people}%</td>" in page
    assert f'data-total="{people - 4}"' in worker.get(missed.replace("&amp;", "&"), headers={"HX-Request": "true"}).text
    lines = sign_in(create_app(), "community").get(missed.replace("&amp;", "&").replace("residents?", "residents/export.csv?"), buffered=True).text.splitlines()
    assert len(lines) == people - 4 + 1
    officer = sign_in(create_app(), "officer")
    shown = officer.get("/registers/residents/breakdown.json?by=served&region=110108001").json
    assert all(n is None or n == 0 or n >= 5 for row in shown["rows"] for n in row["counts"]), "small counts stay hidden (D3.4)"
    assert officer.get("/registers/residents?served=never").status_code == 403
    page = officer.get("/registers/coverage/110108001000000").text
    assert "打开名单" not in page and "—" in page


def test_a15_the_layer_colours_regions_by_share_and_follows_a_record_and_its_undo(worker):
    community = sign_in(create_app(), "community")
    before, etag = tile_of(community)
    assert (before[GRID], before[GRIDS[1].key]) == (1, 0), "nobody served; fewer than forty people in the next grid"
    _, people = served([1] * 60)
    assert people > 40
    with owner_engine().connect() as connection:
        reached = connection.scalar(text("SELECT count(*) FROM resident WHERE region_key = :g AND served_on IS NOT NULL AND state = 'active'"), {"g": GRID})
    step = next((n for n, limit in enumerate((25, 50, 75, 90), 1) if reached * 100 < limit * people), 5)
    with owner_transaction() as connection:
        connection.execute(text("UPDATE resident SET served_on = NULL WHERE id = ANY(:ids)"), {"ids": LIVING})
    record = visit(worker, f"/visits/new?house={HOME}", people=LIVING).headers["Location"]
    coloured, later = tile_of(community)
    assert later != etag and coloured[GRID] == step
    assert f'data-id="{GRID}"' in community.get(f"/registers/coverage?share={step}&level=grid").text
    with owner_engine().connect() as connection:
        days = connection.execute(select(Resident.__table__.c.served_on).where(Resident.id.in_(LIVING))).scalars().all()
    assert days == [today()] * len(LIVING)
    assert post(worker, record.removeprefix("http://localhost") + "/undo").status_code == 303
    with owner_engine().connect() as connection:
        assert set(connection.execute(select(Resident.__table__.c.served_on).where(Resident.id.in_(LIVING))).scalars()) == {None}
    assert kept_disagreements() == []


def test_d33_services_of_a_closed_programme_are_seen_by_who_it_is_open_to_and_counted_nowhere_else(worker, own_city):
    with owner_transaction() as connection:
        connection.execute(text(
            "INSERT INTO enrolment (county_code, region_key, resident_id, programme, closed, begins, ends, details_enc, origin) "
            "VALUES ('110108', :g, :r, 'maternal_health', true, current_date, current_date + 365, '\\x00', 'entered')"
        ), {"g": GRID, "r": LIVING[0]})  # fmt: skip
    address = f"/visits/new?resident={LIVING[0]}"
    assert 'value="maternal_health"' not in worker.get(address).text and "育龄妇女" not in worker.get(address).text
    assert visit(worker, address, kind="maternal_health", people=LIVING[0]).status_code == 400
    with owner_transaction() as connection:
        connection.execute(text(
            "INSERT INTO programme_role (user_id, programme, area_code, ends_at) VALUES (:u, 'maternal_health', :a, now() + interval '9 days')"
        ), {"u": own_city.users["worker"], "a": GRIDS[0].code})  # fmt: skip
    nurse = sign_in(create_app(), "worker")
    assert 'value="maternal_health"' in nurse.get(address).text
    mixed = visit(nurse, f"/visits/new?house={HOME}", kind="maternal_health", people=LIVING)
    assert mixed.status_code == 400 and "同一类人员" in mixed.text
    done = visit(nurse, address, kind="maternal_health", people=LIVING[0], note="产检")
    assert done.status_code == 303, done.text
    record = done.headers["Location"].removeprefix("http://localhost")
    page = f"/registers/residents/{LIVING[0]}"
    assert f'href="{record}"' in nurse.get(page).text and nurse.get(record).status_code == 200
    community = sign_in(create_app(), "community")
    assert community.get(record).status_code == 404 and record not in community.get(page).text
    assert record not in community.get("/registers/teams/1").text
    with owner_engine().connect() as connection:
        row = connection.execute(text("SELECT r.served_on, e.served_on FROM resident r JOIN enrolment e ON e.resident_id = r.id AND e.closed WHERE r.id = :r"), {"r": LIVING[0]}).one()
    assert tuple(row) == (None, today()), "it does not show among the services for everybody"
    with owner_transaction() as connection:
        connection.execute(text("DELETE FROM programme_role"))
    assert sign_in(create_app(), "worker").get(record).status_code == 404


def test_a15_a_programme_of_care_has_a_coverage_of_its_own(worker):
    with owner_engine().connect() as connection:
        disabled = connection.scalars(text(
            "SELECT resident_id FROM enrolment WHERE region_key = :g AND programme = 'disabled' AND released_at IS NULL ORDER BY 1"
        ), {"g": GRID}).all()  # fmt: skip
    assert len(disabled) > 1
    done = visit(worker, f"/visits/new?resident={disabled[0]}", kind="care", people=disabled[0], service="daily_help")
    assert done.status_code == 303, done.text
    query = f"/registers/enrolments?region={GRIDS[0].code}&programme=disabled"
    missed = worker.get(f"{query}&served=never", headers={"HX-Request": "true"}).text
    assert f'data-total="{len(disabled) - 1}"' in missed
    page = worker.get(f"/registers/coverage/{GRID}").text
    assert "残疾人" in page and f"<td>1</td><td>{100 // len(disabled)}%</td>" in page
    assert "programme=disabled&amp;served=d90" in page and "戒毒康复" not in page
    officer = sign_in(create_app(), "officer").get("/registers/coverage/110108001000000").text
    assert "残疾人" not in officer and "programme=" not in officer


def test_a15_the_wall_sees_shares_of_regions_and_never_who_or_how_many(own_city):
    """Shares in steps for a street, its communities and grids; no list, no record, no number of people (D3.4)."""
    served([1] * 60)
    with owner_engine().connect() as connection:
        crowded = connection.scalars(text("SELECT region_key FROM resident WHERE state = 'active' GROUP BY 1 HAVING count(*) >= 40")).all()
    wall = sign_in(create_app(), "wall")
    cells = re.compile(r'<tr><th scope="row">(?:<a[^>]*>)?([^<]+)(?:</a>)?</th>((?:<td>.*?</td>){3})<td class="num">(\d+)</td><td class="nowrap">([^<]+)</td></tr>', re.S)

    def board(region):
        page = wall.get(f"/registers/coverage?region={region}").text
        return page, {name: (re.findall(r'<span title="([^"]+)', steps), teams, latest) for name, steps, teams, latest in cells.findall(page)}

    page, lines = board("110108001001")
    with owner_engine().connect() as connection:
        grids = connection.execute(text("SELECT key, name FROM region WHERE parent_key = 110108001001000")).all()
        name = connection.scalar(text("SELECT name FROM region WHERE key = 110108001001000"))
    assert set(lines) == {g.name for g in grids} | {name}
    shares = {key: lines[grid] for key, grid in grids}
    coloured, _ = tile_of(wall)
    for key, (steps, _, latest) in shares.items():
        assert steps[1] == SHARES[coloured[key]] and (key in crowded or (steps == [SHARES[0]] * 3 and latest == "—"))
    assert shares[GRID][2] == (today() - timedelta(days=1)).isoformat() and len({steps[1] for steps, *_ in shares.values()}) > 1
    county, streets = board("110108")
    with owner_engine().connect() as connection:
        within = "SELECT count(*) FROM team WHERE state = 'active' AND region_key <= 110108001999999 AND area_hi >= 110108001000000"
        serving, street = connection.scalar(text(within)), connection.scalar(text("SELECT name FROM region WHERE key = 110108001000000"))
    assert int(streets[street][1]) == serving > 1, "teams of its grids serve a street, too"
    assert 'href="/registers/coverage?region=110108001000"' in county and "residents" not in page and "打开名单" not in page
    table = wall.get("/registers/coverage/breakdown.json?region=110108001001&level=grid").json
    assert table["total"] == len(grids) and table["totals"][0] == sum(coloured[key] == 0 for key, _ in grids)
    marks = next(layer for layer in wall.get("/layers.json").json if layer["register"] == "coverage")["legend"]
    assert len({entry["shape"] for entry in marks}) == len(marks) and marks[5]["mark"] == "≥90%"
    closed = ("residents?served=never", "residents/breakdown?by=served", "enrolments", f"coverage/{GRID}", "coverage/export.csv", "teams")
    assert [wall.get(f"/registers/{address}").status_code for address in closed] == [404] * len(closed)
    director = sign_in(create_app(), "director")
    assert director.get("/registers/residents?served=never").status_code == 404
    seen = director.get(f"/registers/coverage/{GRID}").text
    assert SHARES[coloured[GRID]] in seen and "打开名单" not in seen


ALONE = "SELECT set_config('enable_' || way, 'off', true) FROM unnest(ARRAY['seqscan', 'indexscan', 'bitmapscan']) AS way"
"""Nothing but an index that has all columns is left, however small the table."""


def test_a15_the_plan_of_a_regions_share_reads_an_index_alone(city):
    """Of the function that counts, and of the breakdown, which names the county besides."""
    with owner_engine().connect() as connection:
        connection.execute(text(ALONE))
        body = connection.scalar(text("SELECT prosrc FROM pg_proc WHERE proname = 'region_share'"))
        body = re.sub(r"\bdays\b", "90", re.sub(r"\bplace\b", str(GRID), body))
        shown = "\n".join(connection.scalars(text("EXPLAIN " + body.replace(":", "\\:"))))
    with begin(city.access("community")) as connection:
        connection.execute(text(ALONE))
        query = SpatialQuery("residents", region=parse_code(str(GRID)))
        selection = compile_query(query, all_registers()["residents"], access=city.access("community"))
        counted = selection.select(Resident.region_key, Resident.served_on, func.count()).group_by(text("1, 2"))
        sql = str(counted.compile(connection, compile_kwargs={"literal_binds": True}))
        counts = "\n".join(connection.scalars(text("EXPLAIN " + sql.replace(":", "\\:"))))
    for found in (shown, counts):
        assert re.search(r"Index Only Scan using \w*served\w*", found), found
