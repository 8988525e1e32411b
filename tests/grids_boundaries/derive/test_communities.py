import geopandas as gpd
import numpy as np
import pytest
import shapely

from grids_boundaries.derive.communities import Street, derive_communities
from grids_boundaries.derive.coverage import partition_error

STREET = "990101001000"
OFFICIAL = [
    (f"990101001{n:03d}", f"{name}社区居委会")
    for n, name in enumerate(["东园", "西园", "北园", "南园"], 1)
]


def raster(columns: int, rows: int, households, west: float = 0) -> gpd.GeoDataFrame:
    shapes = [
        shapely.box(west + 100 * i, 100 * j, west + 100 * i + 100, 100 * j + 100)
        for j in range(rows)
        for i in range(columns)
    ]
    return gpd.GeoDataFrame({"households": np.resize(households, len(shapes))}, geometry=shapes)


def places(**named: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": list(named), "weight": [100] * len(named)},
        geometry=[shapely.Point(*p) for p in named.values()],
    )


def derive(blocks, covered=0.5, officials=OFFICIAL, **named):
    return derive_communities(blocks, Street(STREET, officials, covered), places(**named))


def test_as_many_communities_as_the_households_ask_for():
    assert len(derive(raster(6, 4, 100))) == 2  # 2,400 households
    assert len(derive(raster(6, 4, 200))) == 4
    assert len(derive(raster(6, 4, 900))) == 4  # no more official names


def test_a_street_covered_nearly_whole_gets_all_its_communities():
    assert derive(raster(6, 4, 20), covered=0.95)["code"].tolist() == [c for c, _ in OFFICIAL]


def test_without_names_the_codes_run_from_the_first_west_to_east():
    found = derive(raster(6, 4, 100))
    assert found["code"].tolist() == ["990101001001", "990101001002"]
    assert found.geometry.centroid.x.is_monotonic_increasing
    assert found["name"].tolist() == ["东园社区", "西园社区"]


def test_an_estate_of_an_official_name_lies_in_that_community():
    found = derive(raster(6, 4, 100), 南园小区=(550, 350), 北园7号楼=(50, 50))
    by_name = found.set_index("name").geometry
    assert by_name["南园社区"].contains(shapely.Point(550, 350))
    assert by_name["北园社区"].contains(shapely.Point(50, 50))
    assert found["matched"].all()


def test_communities_are_contiguous_balanced_and_leave_nothing_out():
    blocks = raster(10, 8, [0, 30, 60, 90, 120])
    found = derive(blocks)
    assert len(found) == 4
    assert (shapely.get_num_geometries(found.geometry.to_numpy()) == 1).all()
    assert partition_error(found.geometry.to_numpy(), shapely.box(0, 0, 1000, 800)) == 0
    assert found["households"].min() > 0.8 * found["households"].mean()


def test_separate_windows_of_a_street_are_separate_communities():
    blocks = gpd.GeoDataFrame(
        np.vstack([raster(4, 4, 100), raster(4, 4, 0, west=2000)]),
        columns=["households", "geometry"],
        geometry="geometry",
    )
    found = derive(blocks)
    assert (shapely.get_num_geometries(found.geometry.to_numpy()) == 1).all()
    assert sorted(found["households"]) == [0, 1600]


def test_a_scrap_cut_off_by_the_window_belongs_to_the_nearest_community():
    scrap = raster(1, 1, 0, west=900)
    blocks = gpd.GeoDataFrame(
        np.vstack([raster(8, 4, 100), scrap]),
        columns=["households", "geometry"],
        geometry="geometry",
    )
    found = derive(blocks)
    east = found.iloc[int(found.geometry.centroid.x.argmax())]
    assert shapely.get_num_geometries(east.geometry) == 2
    assert found.area.sum() == blocks.area.sum()


def test_a_street_without_official_communities_is_refused():
    with pytest.raises(ValueError, match=STREET):
        derive(raster(2, 2, 100), officials=[])


def test_haidian_communities(haidian, haidian_source):
    """清华园街道 gets its 10 official communities; no line crosses a street's border."""
    found = haidian.communities
    assert found["code"].is_unique
    assert (found["street"] == "110108014000").sum() == 10
    official = {c: n for rows in haidian_source.officials.values() for c, n in rows}
    assert all(official[c].startswith(n) for c, n in zip(found["code"], found["name"], strict=True))
    for code, mine in found.groupby("street"):
        blocks = haidian.blocks.geometry[haidian.blocks["street"] == code].to_numpy()
        whole = shapely.coverage_union_all(blocks)
        assert partition_error(mine.geometry.to_numpy(), whole) < 1e-6
    lived_in = found[(found["street"] == "110108010000") & (found["households"] > 0)]
    assert lived_in["households"].between(750, 3000).all()


def test_houses_of_a_named_row_lie_in_its_community(haidian, haidian_source):
    houses = haidian_source.buildings
    shapes = haidian.communities.set_index("name").geometry
    rows = houses[houses["name"].str.match(r"蓝旗营\d+号楼", na=False)]
    inside = rows.geometry.centroid.within(shapes["蓝旗营社区"])
    assert len(rows) >= 5
    assert inside.all()
