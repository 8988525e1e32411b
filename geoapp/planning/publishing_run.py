"""Carrying out a publication: one transaction of the owner, whichever process comes first (#5.5).

Old boundaries or new ones, never half: grids, records, users' areas, counts, tiles, messages and
the audit log change together. What cannot be carried out is marked failed with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Row, func, select, text, update
from sqlalchemy.exc import IntegrityError

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM
from geoapp.core.clock import now, today
from geoapp.core.db import owner_transaction, table_of
from geoapp.core.errors import Conflict, GeoappError
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings
from geoapp.households.homes import renew_homes
from geoapp.messages.actions import send
from geoapp.planning.boundaries import KEYS_OF_COUNTY, Outcome, replace_grids
from geoapp.planning.models import Plan
from geoapp.planning.publishing import mark_of, publication, stored_grids
from geoapp.planning.publishing_models import FAILED, PUBLISHED, SCHEDULED
from geoapp.planning.publishing_teams import MARK, Moves, give_teams, restored, teams_of
from geoapp.planning.publishing_users import give, reassign, tell
from grids_boundaries.in_force import hold_writers
from grids_boundaries.models import Region
from grids_boundaries.scope import RowScope
from layers.registry import all_registers
from spatial_queries.kept import hold_regions, refresh_scope

plan, region = table_of(Plan), table_of(Region)
KEPT = "region_count, cell_count, point_block, tile_version"
MOST_SINGLE_LOCKS = 64
LAST_GRID = 999


class Changed(Conflict):
    """The grids in force are no longer those the plan was made for."""

    msgid = N_("发布所依据的现行网格已经改变，请重新编制或合并方案后再发布。")


class Collided(Conflict):
    """Two records would stand in one grid that may stand there once."""

    msgid = N_("新网格中有重复的记录，发布没有生效。")


def carry_out_due(settings: Settings) -> int:
    """Every publication whose day has come; how many took effect. Cheap while there is none."""
    with owner_transaction(settings) as connection:
        due = select(publication.c.id).where(publication.c.state == SCHEDULED, publication.c.effective_on <= today())
        ids = connection.scalars(due.order_by(publication.c.effective_on, publication.c.id)).all()
    done = 0
    for publication_id in ids:
        try:
            done += carry_out(settings, publication_id) is not None
        except GeoappError:
            continue  # noted with its reason, and its maker was told
    return done


def carry_out(settings: Settings | None, publication_id: int) -> Outcome | None:
    """Let one publication take effect; None where it no longer waits.

    Raises Conflict where it cannot; then it is marked failed and its maker is told.
    """
    try:
        with owner_transaction(settings) as connection:
            return _carry_out(connection, publication_id)
    except IntegrityError as error:
        failure: GeoappError = Collided()
        _fail(settings, publication_id, failure)
        raise failure from error
    except GeoappError as error:
        _fail(settings, publication_id, error)
        raise


def _carry_out(connection: Connection, publication_id: int) -> Outcome | None:
    connection.execute(text("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0"))
    row = connection.execute(select(publication).where(publication.c.id == publication_id).with_for_update()).one()
    if row.state != SCHEDULED:
        return None
    hold_writers(connection, {key // KEYS_OF_COUNTY for key in row.communities})
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('geoapp.load'))"))
    if mark_of(connection, row.communities) != row.based_on:
        raise Changed()
    before = {team.id: team.region_key for team in teams_of(connection, row.communities)}
    outcome = replace_grids(connection, stored_grids(connection, row.id), row.effective_on, row.id, row.restores_id)
    users = _users(connection, row, outcome) | _teams(connection, row, outcome, before)
    recount(connection, row.communities)
    _note(connection, row, outcome, users)
    return outcome


def _users(connection: Connection, row: Row, outcome: Outcome) -> dict[str, dict[str, list[str]]]:
    wanted = {
        int(user_id): [f"{outcome.keys[number]:015d}" for number in numbers]
        for user_id, numbers in row.assignments.items() if not user_id.startswith(MARK)
    }
    successors = {f"{old:015d}": f"{new:015d}" for old, new in outcome.successors.items() if old in outcome.gone}
    changed = reassign(connection, row.communities, wanted, successors, SYSTEM)
    if row.restores_id is None:
        return changed
    given = connection.scalar(select(publication.c.users).where(publication.c.id == row.restores_id)) or {}
    # those whom nobody has given another area since
    query = text("SELECT id::text AS id, area_codes FROM app_user WHERE id::text = ANY(:ids)")
    codes = {one.id: one.area_codes for one in connection.execute(query, {"ids": list(given)})}
    back = {}
    for user_id, areas in given.items():
        was = changed.get(user_id, {}).get("before", codes.get(user_id))
        if was is not None and set(was) == set(areas["after"]):
            back[user_id] = {"before": list(was), "after": areas["before"]}
    give(connection, {int(user_id): areas["after"] for user_id, areas in back.items()}, SYSTEM)
    return changed | back


def _teams(connection: Connection, row: Row, outcome: Outcome, before: Mapping[int, int]) -> Moves:
    """As chosen; a restore gives back the grid that its publication took."""
    chosen = {name: found[0] for name, found in row.assignments.items() if name.startswith(MARK)}
    wanted = {int(name.removeprefix(MARK)): outcome.keys[number] for name, number in chosen.items()}
    wanted = {team: key for team, key in wanted.items() if team in before}
    if row.restores_id is not None:
        given = connection.scalar(select(publication.c.users).where(publication.c.id == row.restores_id)) or {}
        back = restored(connection, given)
        wanted = {team: key for team, key in back.items() if team in before and key in outcome.keys.values()}
    return give_teams(connection, wanted, before, SYSTEM)


def recount(connection: Connection, communities: Sequence[int]) -> None:
    """Households' homes, kept counts and tiles of the communities, in the transaction."""
    keys = {key for one in communities for key in connection.scalars(
        select(region.c.key).where(region.c.key.between(one, one + LAST_GRID)))}  # fmt: skip
    renew_homes(connection, keys)
    if len(keys) > MOST_SINGLE_LOCKS:
        connection.execute(text(f"LOCK TABLE {KEPT} IN SHARE ROW EXCLUSIVE MODE"))
    else:
        hold_regions(connection, keys)
    scope = RowScope.from_ranges((one, one + LAST_GRID) for one in communities)
    for _, register in sorted(all_registers().items()):
        refresh_scope(connection, register, scope)


def _note(connection: Connection, row: Row, outcome: Outcome, users: dict) -> None:
    moment = now()
    grids = [
        {"number": number, "code": f"{key:015d}", "changed": key in outcome.changed}
        for number, key in outcome.keys.items()
    ]
    connection.execute(text("""
        UPDATE publication_grid g SET code = n.code, changed = n.changed
        FROM jsonb_to_recordset(CAST(:grids AS jsonb)) AS n (number integer, code text, changed boolean)
        WHERE g.publication_id = :id AND g.number = n.number
    """), {"id": row.id, "grids": json.dumps(grids)})  # fmt: skip
    values = {"state": PUBLISHED, "ended_at": moment, "moved": outcome.moved, "users": users}
    connection.execute(update(publication).where(publication.c.id == row.id).values(values))
    _move_plans(connection, row)
    name = connection.scalar(select(region.c.full_name).where(region.c.key == row.region_key)) or str(row.region_key)
    also = [] if row.made_by is None else [row.made_by]
    told = tell(connection, row.communities, name, row.effective_on, row.id, also)
    facts = {
        "step": "publish", "publication": row.id, "by": row.made_by or 0, "day": row.effective_on.isoformat(),
        "grids": len(outcome.keys), "changed": len(outcome.changed), "gone": len(outcome.gone),
        "houses": outcome.moved.get("house", 0), "users": len(users), "told": told,
    }  # fmt: skip
    record(connection, SYSTEM, Action.CHANGE, register="regions", area_key=row.region_key, facts=facts)


def _move_plans(connection: Connection, row: Row) -> None:
    """The plan is published; an earlier one of these communities is replaced, or published again by a restore."""
    touched = {"updated_at": func.now(), "version": plan.c.version + 1}
    published = connection.execute(
        select(plan.c.id, publication.c.communities).join(publication, publication.c.plan_id == plan.c.id)
        .where(plan.c.state == "published", publication.c.communities.overlap(row.communities))
    ).all()  # fmt: skip
    replaced = update(plan).where(plan.c.id.in_([one.id for one in published]), plan.c.id != (row.plan_id or 0))
    connection.execute(replaced.values(state="replaced", **touched))
    if row.plan_id is not None:
        taken = {"state": "published", "published_at": now(), "published_by": row.made_by}
        connection.execute(update(plan).where(plan.c.id == row.plan_id).values(**taken, **touched))


def _fail(settings: Settings | None, publication_id: int, error: GeoappError) -> None:
    with owner_transaction(settings) as connection:
        waiting = (publication.c.id == publication_id, publication.c.state == SCHEDULED)
        failure = {"msgid": error.msgid, "facts": {name: str(value) for name, value in error.facts.items()}}
        failed = update(publication).where(*waiting).values(state=FAILED, ended_at=now(), failure=failure)
        row = connection.execute(failed.returning(*publication.c)).one_or_none()
        if row is None:
            return
        back = update(plan).where(plan.c.id == (row.plan_id or 0), plan.c.state == "scheduled")
        connection.execute(back.values(state="approved", version=plan.c.version + 1))
        name = connection.scalar(select(region.c.full_name).where(region.c.key == row.region_key)) or ""
        if row.made_by is not None:
            facts = {"area": name, "day": row.effective_on.isoformat()}
            url = f"/planner/plans/{row.plan_id}" if row.plan_id else "/planner"
            send(connection, [row.made_by], f"grids_not_published:{row.id}", "grids_not_published", facts, url)
