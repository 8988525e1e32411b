"""Teams and visits of the demo: a few, in the community and the grid of its accounts, marked as invented."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from geoapp.demo.accounts import Post
from geoapp.loading.after import refresh_kept

_TEAM = text(
    "INSERT INTO team (county_code, region_key, name, class, duty, placed, position_source, origin, geom) "
    "SELECT r.county_code, r.key, r.name || :suffix, :class, :duty, 1, 'centroid', 'synthetic', "
    "ST_PointOnSurface(r.geom) FROM region r "
    "WHERE r.geom IS NOT NULL AND CASE WHEN :below THEN r.parent_key ELSE r.key END = :key "
    "RETURNING id, region_key, county_code, name"
)
_MEMBER = text(
    "INSERT INTO team_member (county_code, region_key, team_id, user_id, post, since) "
    "SELECT :county, :key, :team, id, :post, current_date - 400 FROM app_user WHERE username = :username RETURNING id"
)
_VISITS = text(
    "WITH made AS (INSERT INTO service_record (county_code, region_key, team_id, team_name, kind, service, served_on, "
    "members, people, house_id) SELECT h.county_code, h.region_key, :team, :name, 'residents', 'visit', "
    "current_date - (h.id % 200)::int, ARRAY[:member]::bigint[], (SELECT count(*) FROM resident r WHERE "
    "r.county_code = h.county_code AND r.house_id = h.id AND r.region_key = h.region_key AND r.state = 'active'), h.id "
    "FROM house h WHERE h.region_key = :key AND h.residents > 0 AND h.id % 3 > 0 RETURNING *) "
    "INSERT INTO service_recipient (county_code, record_id, resident_id, region_key, kind, served_on) "
    "SELECT m.county_code, m.id, r.id, m.region_key, m.kind, m.served_on FROM made m JOIN resident r "
    "ON r.county_code = m.county_code AND r.house_id = m.house_id AND r.region_key = m.region_key "
    "AND r.state = 'active'"
)
_SERVED = text(
    "UPDATE resident r SET served_on = s.latest FROM (SELECT county_code, resident_id, max(served_on) AS latest "
    "FROM service_recipient WHERE region_key = :key GROUP BY 1, 2) s "
    "WHERE r.county_code = s.county_code AND r.id = s.resident_id"
)
_COUNT = text(
    "UPDATE team t SET members = (SELECT count(*) FROM team_member m WHERE m.team_id = t.id AND m.left_on IS NULL), "
    "served_on = (SELECT max(served_on) FROM service_record s WHERE s.team_id = t.id) WHERE t.origin = 'synthetic'"
)


def add_teams(connection: Connection, posts: Sequence[Post]) -> int:
    """A team for each grid of the accounts' community and one of volunteers; the grid's worker has visited.

    Returns the number of visits.
    """
    by_role = {post.role: post for post in posts}
    community, grid = by_role["community_worker"], by_role["grid_worker"]
    key, worked = int(community.code.ljust(15, "0")), int(grid.code.ljust(15, "0"))
    own = {"key": key, "below": False, "class": "volunteers", "suffix": "志愿服务队", "duty": "邻里互助（模拟）"}
    volunteers = connection.execute(_TEAM, own).one()
    each = {"key": key, "below": True, "class": "grid_service", "suffix": "网格服务团队", "duty": "走访和服务（模拟）"}
    teams = connection.execute(_TEAM, each).all()
    ours = next(row for row in teams if row.region_key == worked)
    joins = ((volunteers, community, "leader"), (ours, grid, "grid_worker"))
    member = 0
    for team, post, held in joins:
        facts = {"county": team.county_code, "key": team.region_key, "team": team.id, "post": held}
        member = connection.execute(_MEMBER, facts | {"username": post.username}).scalar_one()
    visits = {"team": ours.id, "name": ours.name, "member": member, "key": worked}
    served = connection.execute(_VISITS, visits).rowcount
    connection.execute(_SERVED, {"key": worked})
    connection.execute(_COUNT)
    refresh_kept(connection, {"teams": [row.region_key for row in (volunteers, *teams)], "residents": [worked]})
    return int(served)
