import geopandas as gpd
import numpy as np
import pytest
import shapely

from grids_boundaries.derive.coverage import partition_error
from grids_boundaries.derive.grids import REASONS, derive_grids, grid_figures

COMMUNITY = "990101001001"


def cells(households, columns=6, rows=4, *, campus=(), block=None, side=100) -> gpd.GeoDataFrame:
    """A raster of cells, each its own block unless `block` says otherwise."""
    count = columns * rows
    shapes = [
        shapely.box(side * i, side * j, side * i + side, side * j + side)
        for j in range(rows)
        for i in range(columns)
    ]
    frame = gpd.GeoDataFrame({"households": np.resize(households, count)}, geometry=shapes)
    return frame.assign(
        block=np.arange(count) if block is None else np.resize(block, count),
        campus=[i in campus for i in range(count)],
    )


def test_grids_have_300_to_500_households():
    """A9.4, on a community of 2,400 households."""
    grids = derive_grids(cells(100), COMMUNITY)
    assert grids["households"].between(300, 500).all()
    assert grids["households"].sum() == 2400
    assert grids["reason"].isna().all()
    assert partition_error(grids.geometry.to_numpy(), shapely.box(0, 0, 600, 400)) == 0
    assert shapely.coverage_is_valid(grids.geometry.to_numpy())


@pytest.mark.parametrize(("each", "reason"), [(10, "too_few"), (24, "between"), (0, "too_few")])
def test_a_community_no_number_of_grids_fits_gets_one_and_a_reason(each, reason):
    grids = derive_grids(cells(each), COMMUNITY)
    assert grids["reason"].tolist() == [reason]
    assert grids["note"].tolist() == [REASONS[reason]]
    assert grids["code"].tolist() == [COMMUNITY + "001"]


def test_a_big_block_is_opened_into_its_cells():
    """One block of 900 households between blocks of 100: whole blocks cannot meet the band."""
    frame = cells([150] * 6, columns=6, rows=1, block=[0])
    grids = derive_grids(frame, COMMUNITY)
    assert grids["households"].between(300, 500).all()


def test_whole_blocks_stay_whole_where_they_fit():
    frame = cells(50, columns=8, rows=4, block=np.repeat([0, 1, 2, 3], 8))
    grids = derive_grids(frame, COMMUNITY)
    blocks = [{frame["block"].iloc[c] for c in row} for row in grids["cells"]]
    assert sum(len(b) for b in blocks) == 4


def test_a_building_above_the_band_is_not_divided_and_says_so():
    frame = cells([40] * 23 + [700])
    grids = derive_grids(frame, COMMUNITY)
    big = grids[grids["households"] > 500]
    assert big["reason"].tolist() == ["building"]
    assert grids.loc[grids["households"] <= 500, "households"].between(300, 500).all()


def test_quiet_campus_ground_becomes_a_dedicated_grid():
    """Standards C3, C6: 专属网格 beside ordinary grids."""
    frame = cells([0] * 12 + [100] * 12, campus=range(12))
    grids = derive_grids(frame, COMMUNITY)
    dedicated = grids[grids["dedicated"]]
    assert dedicated.geometry.area.tolist() == [120_000]
    assert dedicated["reason"].tolist() == ["dedicated"]
    assert grids.loc[~grids["dedicated"], "households"].between(300, 500).all()


def test_small_campus_ground_is_no_grid_of_its_own():
    grids = derive_grids(cells([0] * 4 + [100] * 20, campus=range(4)), COMMUNITY)
    assert not grids["dedicated"].any()


def test_lived_in_ground_on_both_sides_of_a_campus_keeps_a_corridor():
    """Homes west and east, campus between: the ordinary grid stays in one piece."""
    homes = [60, 0, 0, 0, 0, 60]
    frame = cells(homes, columns=6, rows=5, campus=[i for i in range(30) if i % 6 not in (0, 5)])
    grids = derive_grids(frame, COMMUNITY)
    shapes = grids.geometry.to_numpy()
    assert grids["dedicated"].any()
    assert (shapely.get_num_geometries(shapes) == 1).all()
    assert grids.loc[~grids["dedicated"], "households"].sum() == 600


def test_codes_run_west_to_east_then_north_to_south():
    """D4.4, standards C3."""
    grids = derive_grids(cells(100), COMMUNITY)
    centres = grids.geometry.centroid
    order = np.lexsort((-centres.y.round(2), centres.x.round(2)))
    assert order.tolist() == list(range(len(grids)))
    assert grids["code"].tolist() == [f"{COMMUNITY}{n:03d}" for n in range(1, len(grids) + 1)]


def test_the_same_community_gets_the_same_grids():
    first, second = (
        derive_grids(cells([30, 70, 110]), COMMUNITY),
        derive_grids(cells([30, 70, 110]), COMMUNITY),
    )
    assert first.geometry.geom_equals(second.geometry).all()


def test_haidian_grids_partition_their_communities(haidian):
    """Figures from the polygons: gap and overlap 0, one piece each, shared vertices."""
    grids = haidian.grids
    shapes = grids.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert grids["code"].is_unique
    assert (grids["code"].str[:12] == grids["community"]).all()
    for community in haidian.communities.itertuples():
        mine = grids.geometry[grids["community"] == community.code].to_numpy()
        assert partition_error(mine, community.geometry) < 1e-6
        exclaves = shapely.get_num_geometries(community.geometry) - 1
        assert (shapely.get_num_geometries(mine) > 1).sum() <= exclaves


def test_haidian_grids_reach_the_band_wherever_it_can_be_reached(haidian, haidian_source):
    """Households counted again from the buildings inside each polygon."""
    grids, houses = haidian.grids, haidian_source.buildings
    points = shapely.point_on_surface(houses.geometry.to_numpy())
    house, grid = shapely.STRtree(grids.geometry.to_numpy()).query(points, predicate="within")
    counted = np.bincount(
        grid, weights=houses["households"].to_numpy()[house], minlength=len(grids)
    )
    assert counted.tolist() == grids["households"].tolist()
    ordinary = ~grids["dedicated"]
    outside = ordinary & ~grids["households"].between(300, 500)
    totals = grids[ordinary].groupby("community")["households"].transform("sum")
    assert set(grids[outside]["reason"]) <= {"too_few", "between"}
    assert ((totals[outside] < 300) | totals[outside].between(501, 599)).all()
    figures = grid_figures(grids)
    assert figures["in_band"] >= 35
    assert figures["dedicated"] >= 4
    assert figures["median_roundness"] > 0.35


def test_no_house_inside_a_street_is_cut_by_a_grid(haidian, haidian_source):
    """Only a street's own line may pass through a house; mapped overlaps stay below 1 m²."""
    shapes = haidian.grids.geometry.to_numpy()
    footprints = haidian_source.buildings.geometry.to_numpy()
    house, grid = shapely.STRtree(shapes).query(footprints, predicate="intersects")
    part = shapely.area(shapely.intersection(footprints[house], shapes[grid]))
    street = haidian.grids["code"].str[:9].to_numpy()[grid]
    pieces: dict[tuple[int, str], int] = {}
    for h, s, a in zip(house.tolist(), street.tolist(), part.tolist(), strict=True):
        pieces[h, s] = pieces.get((h, s), 0) + (a > 1)
    assert max(pieces.values()) == 1
