import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from grids_boundaries.derive.blocks import BlockRules, barrier_lines, derive_blocks
from grids_boundaries.derive.coverage import SNAP_M, partition_error, shared_borders

AREA = shapely.box(0, 0, 400, 300)
NOTHING = np.empty(0, dtype=object)


def line(*points) -> shapely.Geometry:
    return shapely.linestrings(points)


def blocks_of(lines, footprints=NOTHING, areas=(AREA,)) -> gpd.GeoDataFrame:
    return derive_blocks(np.array(areas), np.array(lines, dtype=object), np.array(footprints))


def test_two_crossing_roads_make_four_blocks_in_code_order():
    blocks = blocks_of([line((200, -50), (200, 350)), line((-50, 150), (450, 150))])
    centres = [(p.x, p.y) for p in blocks.centroid]
    assert centres == [(100, 225), (100, 75), (300, 225), (300, 75)]
    assert partition_error(blocks.geometry.to_numpy(), AREA) == 0


def test_a_dead_end_divides_nothing():
    assert len(blocks_of([line((200, -50), (200, 200))])) == 1


def test_the_strip_between_two_carriageways_joins_the_neighbour_with_the_longest_border():
    """Issue 2: slivers are merged into the neighbour with the longest shared border."""
    left, right = line((150, -1), (150, 301)), line((156, -1), (156, 301))
    across = line((156, 120), (401, 120))
    blocks = blocks_of([left, right, across])
    assert sorted(blocks.geometry.area.round()) == [244 * 120, 244 * 180, 156 * 300]


def test_a_block_inside_another_joins_it_whatever_its_size():
    ring = shapely.boundary(shapely.box(100, 100, 200, 200))
    blocks = blocks_of([ring])
    assert len(blocks) == 1
    assert not blocks.geometry.iloc[0].interiors


def test_a_house_across_a_road_line_stays_whole_in_one_block():
    house = shapely.box(190, 100, 215, 130)
    blocks = blocks_of([line((200, -50), (200, 350))], [house])
    inside = shapely.area(shapely.intersection(blocks.geometry.to_numpy(), house))
    assert len(blocks) == 2
    assert sorted(inside.round(6).tolist()) == [0, house.area]


def test_a_street_line_is_kept_even_through_a_house():
    west, east = shapely.box(0, 0, 200, 300), shapely.box(200, 0, 400, 300)
    house = shapely.box(190, 100, 215, 130)
    blocks = blocks_of([line((-1, 115), (401, 115))], [house], areas=(west, east))
    for number, area in enumerate((west, east)):
        mine = blocks.geometry[blocks["area"] == number].to_numpy()
        assert partition_error(mine, area) == pytest.approx(0, abs=1e-6)


def test_tunnels_footpaths_and_ponds_are_no_borders():
    roads = gpd.GeoDataFrame(
        {"highway": ["primary", "primary", "footway"], "tunnel": [None, "yes", None]},
        geometry=[line((0, y), (1, y)) for y in (1, 2, 3)],
    )
    rails = gpd.GeoDataFrame(
        {"railway": ["rail", "subway", "platform"], "tunnel": [None, "yes", None]},
        geometry=[line((0, y), (1, y)) for y in (4, 5, 6)],
    )
    water = gpd.GeoDataFrame(
        geometry=[shapely.box(0, 0, 10, 10), shapely.box(0, 0, 100, 100), line((0, 7), (1, 7))]
    )
    kept = [shapely.get_coordinates(g)[0, 1] for g in barrier_lines(roads, rails, water)]
    assert sorted(kept) == [0, 1, 4, 7]


def centimetres(least: int, most: int):
    """Metres with two decimals, as surveyed coordinates have."""
    return st.integers(least * 100, most * 100).map(lambda number: number / 100)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(*[centimetres(-20, 420)] * 2, *[centimetres(-20, 320)] * 2),
        min_size=1,
        max_size=12,
    )
)
def test_any_lines_leave_no_gap_and_no_overlap(ends):
    lines = [line((x1, y1), (x2, y2)) for x1, x2, y1, y2 in ends]
    blocks = blocks_of(lines)
    shapes = blocks.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.is_valid(shapes).all()
    assert partition_error(shapes, AREA) <= SNAP_M * AREA.length
    rules = BlockRules()
    sizes = shapely.area(shapes)
    assert len(shapes) == 1 or sizes.min() >= rules.min_area_m2


def test_blocks_of_the_real_windows_partition_every_street(haidian, haidian_source):
    """No gap, no overlap, never across a street's border; shared vertices throughout."""
    shapes = haidian.blocks.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert (shapely.get_num_geometries(shapes) == 1).all()
    streets = haidian_source.streets.set_index("code").geometry
    for code, mine in haidian.blocks.groupby("street"):
        union = shapely.coverage_union_all(mine.geometry.to_numpy())
        assert union.area == pytest.approx(mine.area.sum(), abs=1e-3)
        assert shapely.difference(union, streets[code]).area <= SNAP_M * union.length
    assert len(haidian.blocks) > 300
    assert shared_borders(shapes).lengths.min() > 0
