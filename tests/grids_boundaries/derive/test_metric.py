import geopandas as gpd
import pytest
import shapely

from grids_boundaries.derive.metric import metric_crs, metric_crs_of


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (116.32, 40.0, 4548),  # Beijing: central meridian 117
        (102.3, 27.9, 4543),  # Xichang: 102
        (75.2, 39.5, 4534),  # Kashgar: 75, the first zone
        (134.5, 48.4, 4554),  # Fuyuan: 135, the last
        (24.9, 60.2, 32635),  # Helsinki: UTM 35 north
        (151.2, -33.9, 32756),  # Sydney: UTM 56 south
        (180.0, 1.0, 32660),
    ],
)
def test_the_metric_crs_is_computed_from_the_place(lon, lat, epsg):
    assert metric_crs(lon, lat).to_epsg() == epsg


def test_a_hectare_in_metres_is_a_hectare_on_the_ground():
    """D4.2: areas in metres; compared with the geodesic area."""
    crs = metric_crs(116.32, 40.0)
    drawn = gpd.GeoSeries([shapely.box(440_000, 4_429_000, 440_100, 4_429_100)], crs=crs)
    ring = drawn.to_crs(4326).iloc[0]
    area, _ = crs.get_geod().geometry_area_perimeter(ring)
    assert abs(area) == pytest.approx(10_000, rel=4e-4)


def test_the_frame_decides_the_zone_whatever_its_own_crs():
    frame = gpd.GeoDataFrame(geometry=[shapely.box(104.0, 30.6, 104.1, 30.7)], crs=4326)
    assert metric_crs_of(frame).to_epsg() == 4544
    assert metric_crs_of(frame.to_crs(3857)).to_epsg() == 4544
