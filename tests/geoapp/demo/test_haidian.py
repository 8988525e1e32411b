"""The demo city from the shipped files: through the loaders, derived, peopled."""

from __future__ import annotations

from functools import partial

import pytest
import shapely
from sqlalchemy import text

from geoapp.core.crypto import decrypt
from geoapp.core.data_keys import KeyRing
from geoapp.core.db import owner_engine
from geoapp.core.errors import Conflict
from geoapp.demo.accounts import HAIDIAN_POSTS
from geoapp.demo.haidian import COUNTY, SEED, load_haidian
from geoapp.people.invented import MARK, is_invented_number
from grids_boundaries.derive.coverage import partition_error
from grids_boundaries.keys import parse_code
from tests.support.kept import CHECKS

M2_PER_SQUARE_DEGREE = 9.5e9


@pytest.fixture(scope="module")
def city(databases):
    settings = databases.fresh()
    said = []
    load_haidian(settings, lambda msgid, **facts: said.append((msgid, facts)))
    yield settings, said
    owner_engine(settings).dispose()
    databases.drop(settings)


@pytest.fixture
def ask(city):
    with owner_engine(city[0]).connect() as connection:
        yield lambda sql, **facts: connection.execute(text(sql), facts)


@pytest.fixture
def opened(city):
    """Opens cells with the keys of the city's own database."""
    with owner_engine(city[0]).connect() as connection:
        yield partial(decrypt, keys=KeyRing.on(connection))


def shapes(ask, where: str, **facts):
    rows = ask(f"SELECT code, ST_AsBinary(geom) FROM region WHERE {where} ORDER BY code", **facts)
    return {code: shapely.from_wkb(bytes(wkb)) for code, wkb in rows}


def test_real_levels_are_official_and_derived_ones_say_so(ask):
    found = ask("SELECT level, origin, count(*), count(geom) FROM region GROUP BY 1, 2").all()
    counts = {(level, origin): (rows, outlines) for level, origin, rows, outlines in found}
    assert counts["county", "official"] == (16, 16)
    assert counts["street", "official"] == (29, 29)
    known, drawn = counts["community", "derived"]
    assert known == drawn >= 15
    assert counts["community", "official"] == (678 - known, 0)
    assert counts["grid", "derived"][0] > 40
    assert not {level for level, origin in counts if origin == "synthetic"}


def test_derived_communities_keep_their_official_code_and_name(ask):
    rows = dict(
        ask("SELECT code, name FROM region WHERE level = 'community' AND origin = 'derived'").all()
    )
    assert rows["110108014001"] == "东楼社区居委会"
    assert sum(code.startswith("110108014") for code in rows) == 10


def test_grids_partition_their_community_as_stored(ask):
    """D4.3, on the stored polygons in degrees."""
    communities = shapes(ask, "level = 'community' AND geom IS NOT NULL")
    grids = shapes(ask, "level = 'grid'")
    assert shapely.coverage_is_valid(list(grids.values()))
    for code, whole in communities.items():
        mine = [shape for grid, shape in grids.items() if grid.startswith(code)]
        assert partition_error(mine, whole) * M2_PER_SQUARE_DEGREE < 0.01


def test_every_grid_outside_the_band_says_why(ask):
    """A9.4: houses that are not dormitory rooms stand for households."""
    rows = ask(
        "SELECT r.code, r.note, r.dedicated, count(h.id) FILTER (WHERE h.use <> 'dormitory') AS n "
        "FROM region r LEFT JOIN house h ON h.region_key = r.key WHERE r.level = 'grid' GROUP BY 1, 2, 3"
    ).all()
    inside = [row for row in rows if 300 <= row.n <= 500]
    assert len(inside) >= 35
    assert all(row.note for row in rows if row not in inside)
    assert sum(row.dedicated for row in rows) >= 4


def test_buildings_of_the_district_lie_in_grids(ask):
    rows = ask(
        "SELECT r.level, count(*) FROM building b JOIN region r ON r.key = b.region_key "
        "WHERE b.county_code = :county GROUP BY 1", county=COUNTY,
    )  # fmt: skip
    assert dict(rows.all()) == {"grid": 1123}


def test_storeys_say_where_they_come_from(ask):
    origins = dict(ask(
        "SELECT storeys_origin, count(*) FROM building WHERE county_code = :county GROUP BY 1", county=COUNTY
    ).all())  # fmt: skip
    assert set(origins) == {"osm", "derived"}
    assert origins["osm"] == 54  # 56 in the file, two of them in the next district


def test_houses_are_derived_and_people_invented(ask, opened):
    assert ask("SELECT array_agg(DISTINCT origin) FROM house").scalar_one() == ["derived"]
    assert ask("SELECT array_agg(DISTINCT origin) FROM resident").scalar_one() == ["synthetic"]
    rows = ask(
        "SELECT id, name, name_enc, id_enc FROM resident WHERE id_enc IS NOT NULL ORDER BY id LIMIT 300"
    ).all()
    assert all(is_invented_number(opened(r.id_enc, f"resident.id_number.{r.id}")) for r in rows)
    names = [opened(r.name_enc, f"resident.name.{r.id}") if r.name_enc else r.name for r in rows]
    assert all(name[1] == MARK or name.startswith("Sample ") for name in names)
    assert {r.name for r in rows if r.name_enc} == {"未成年人"}  # D3.1: a child's name is sealed


def test_some_houses_have_no_position_and_some_lie_outside_their_grid(ask):
    placed = dict(ask("SELECT placed, count(*) FROM house GROUP BY 1").all())
    assert set(placed) == {0, 1, 2}
    assert placed[1] > 0.95 * sum(placed.values())


def test_addresses_are_unique(ask):
    assert ask("SELECT count(*) - count(DISTINCT address) FROM house").scalar_one() == 0


def test_sites_are_real_and_their_levels_invented(ask):
    """A7.3, D3.5: all three colours occur."""
    assert set(ask("SELECT DISTINCT attention_level FROM site").scalars()) == {0, 1, 2, 3}
    assert ask("SELECT array_agg(DISTINCT level_origin) FROM site").scalar_one() == ["synthetic"]
    assert ask("SELECT array_agg(DISTINCT origin) FROM site").scalar_one() == ["osm"]
    kept = dict(
        ask("SELECT category, sum(n) FROM region_count WHERE register = 'sites' GROUP BY 1").all()
    )
    rows = dict(ask("SELECT attention_level, count(*) FROM site GROUP BY 1").all())
    assert kept == rows


@pytest.mark.parametrize("what", CHECKS)
def test_what_is_kept_on_a_record_is_what_a_recount_finds(ask, what):
    assert ask(CHECKS[what]).all() == []


@pytest.mark.parametrize("post", HAIDIAN_POSTS, ids=lambda post: post.username)
def test_every_demo_account_has_people_to_look_after(ask, post):
    region = parse_code(post.code)
    count = ask(
        "SELECT count(*) FROM resident WHERE region_key BETWEEN :lo AND :hi",
        lo=region.lo,
        hi=region.hi,
    )
    assert count.scalar_one() > 200


def test_the_base_map_knows_where_data_exists(ask):
    layers = dict(ask("SELECT layer, count(*) FROM base_feature GROUP BY 1").all())
    assert layers["coverage"] == 4
    assert layers["road"] == 1636


def test_what_was_refused_is_told_with_its_reason(city):
    """286 of the shipped places have no name."""
    told = [facts for _, facts in city[1] if facts.get("number")]
    assert [facts["number"] for facts in told] == [286]
    assert told[0]["reason"]


def test_a_second_load_is_refused_and_changes_nothing(city, ask):
    before = ask("SELECT sum(version) FROM building").scalar_one()
    with pytest.raises(Conflict):
        load_haidian(city[0])
    assert ask("SELECT sum(version) FROM building").scalar_one() == before
    assert str(SEED) == COUNTY
