"""Which rows follow their geometry when grids change, which stay where they were (D4.3).

One declaration for every table with a region key; a test holds that none is missing. What is a
record of the registers follows, since its key says who works with it now. What tells of something
that happened keeps the grid of then.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A table whose rows lie somewhere: `point` is SQL of a point of the row `t`, EPSG:4326.

    `holder` is (table, reference): where a row without a point of its own is.
    """

    table: str
    point: str = "t.geom"
    holder: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Follower:
    """A table whose rows go where another's go: `link` is the condition between `t` and the moved `m`.

    `county` says whether both sides have one, so that partitions are found; `placed` whether the row
    says if its position lies in its grid.
    """

    table: str
    after: str
    link: str
    county: bool = True
    placed: bool = False


PLACES = (
    Place("building", "ST_PointOnSurface(t.geom)"),
    Place("house", holder=("building", "building_id")),
    Place("site"),
    Place("organisation"),
)
"""In this order: a house without a point is where its building is."""

RESIDENT = Follower("resident", "resident", "t.id = m.id", placed=True)
HOUSEHOLD = Follower("household", "household", "t.id = m.id")
FOLLOWERS = (
    Follower("house_number", "house", "t.house_id = m.id"),
    Follower("residence", "house", "t.house_id = m.id"),
    Follower("site_inspection", "site", "t.site_id = m.id"),
    Follower("name_token", "resident", "t.resident_id = m.id AND t.region_key = m.old_key", county=False),
    Follower("number_check", "resident", "t.resident_id = m.id", county=False),
    Follower("resident_step", "resident", "t.resident_id = m.id"),
    Follower("enrolment", "resident", "t.resident_id = m.id"),
    Follower("service_record", "house", "t.house_id = m.id"),
    Follower("service_recipient", "resident", "t.resident_id = m.id"),
    Follower("household_membership", "household", "t.household_id = m.id"),
)
"""Rows of the registers beside those with a place. Residents and households go before these."""

CLAIMED_AS = {
    "residents": "resident", "households": "household", "houses": "house", "sites": "site",
    "organisations": "organisation",
}  # fmt: skip
"""Register of an imported row to the table of the record it was claimed as: it goes where that goes.
One that waits goes where its own point is, unless somebody has assigned it to a grid by hand."""

WITH_THE_GRID = (
    *(one.table for one in FOLLOWERS), "enrolment_event", "team", "team_member", "import_batch", "import_row",
    "first_fill",
)
"""Tables some of whose rows hang on nothing that moved: they go where their vanished grid went."""

CHILDREN = (("site_photo", "site_inspection", "inspection_id"), ("service_photo", "service_record", "record_id"))
"""(table, parent, reference): rows that are where their parent is by then."""

LIVE = frozenset({
    *(one.table for one in PLACES), RESIDENT.table, HOUSEHOLD.table, *WITH_THE_GRID,
    *(one[0] for one in CHILDREN),
})  # fmt: skip
"""Every table whose rows follow."""

HISTORY = frozenset({
    "audit_event", "audit_object", "record_change", "export_log", "export_request", "break_glass",
    "break_glass_record", "subject_request", "tombstone", "past_grid", "publication", "publication_grid",
    "publication_unplaced",
})  # fmt: skip
"""What happened, or what is about an area as it was: keeps the grid of then."""

OF_COMMUNITIES = frozenset({
    "unit_set", "base_unit", "plan", "plan_part", "plan_grid", "plan_step", "plan_log", "plan_lock", "plan_job",
    "plan_proposal", "plan_import", "plan_import_polygon",
})  # fmt: skip
"""Tables whose keys are those of communities and above, which no publication changes."""

KEPT = frozenset({"region_count", "cell_count", "point_block", "tile_version"})
"""Counted anew from the rows (`spatial_queries.kept`)."""

OWN_TO_A_GRID = {
    "resident": ("id_hash", "t.state = 'active' AND t.id_hash IS NOT NULL"),
    "household": ("kind, number", "true"),
    "organisation": ("licence_number", "t.licence_number IS NOT NULL"),
}
"""What may stand once in a grid: where two grids become one, two such rows would collide."""

AREA_LISTS = (("api_token", "area_codes"),)
"""Columns that hold lists of area codes, beside those of the users, who are told (`publishing`)."""
AREA_CODES = (("programme_role", "area_code"), ("department", "area_code"), ("app_session", "preview_area"))
"""Columns that hold one."""
