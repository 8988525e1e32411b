"""Base units: an exact partition of the community that the grids in force are unions of (D4.3, A9.2)."""

import numpy as np
import shapely

from grids_boundaries.derive.units import Ground, derive_units

OUTLINE = shapely.box(0, 0, 400, 200)
ROAD = np.array([shapely.LineString([(-10, 100.003), (410, 100.003)])], dtype=object)


def town(grids, keys):
    """Two rows of buildings beside a road; one stands on x = 150."""
    houses = [shapely.box(x, y, x + 20, y + 15) for x in range(20, 380, 40) for y in (30, 130)]
    homes = np.full(len(houses), 6)
    return Ground(OUTLINE, np.array(grids, dtype=object), np.array(keys, np.int64), ROAD, np.array(houses), homes)


def lost(shapes, whole):
    return shapely.symmetric_difference(shapely.union_all(shapes), whole).area


def test_units_partition_the_community_and_make_up_each_grid_in_force():
    """The border in force runs through a building: it is cut there and told, and the block stays one block."""
    west, east = shapely.box(0, 0, 150.0049, 200), shapely.box(150.0049, 0, 400, 200)
    units = derive_units(town([west, east], [7, 8]))
    assert shapely.coverage_is_valid(units.cells) and len(units.cells) > 15
    assert lost(units.cells, OUTLINE) < 1e-6
    assert abs(shapely.area(units.cells).sum() - OUTLINE.area) < 1e-6
    assert lost(units.cells[units.in_force == 7], west) < 1e-6, "also where it lies between two centimetres"
    assert lost(units.cells[units.in_force == 8], east) < 1e-6
    assert len(units.cut) == 2 and all(shapely.dwithin(units.cut, shapely.LineString([(150, 0), (150, 200)]), 20))
    assert len(np.unique(units.block)) == 2, "one on each side of the road"
    assert (units.overlap_m2, units.outside_m2) == (0.0, 0.0)


def test_a_building_no_border_in_force_cuts_is_whole():
    ground = town([OUTLINE], [7])
    units = derive_units(ground)
    home, cell = shapely.STRtree(units.cells).query(shapely.buffer(ground.footprints, -0.02), predicate="intersects")
    assert np.bincount(home).max() == 1 and len(units.cut) == 0
    assert len(cell) == len(ground.footprints)


def test_what_is_wrong_with_the_grids_in_force_is_told():
    """Overlap goes to the first, ground of nobody becomes an area of its own, what lies outside is left out."""
    units = derive_units(town([shapely.box(-50, 0, 160, 200), shapely.box(150, 0, 300, 200)], [7, 8]))
    assert round(units.overlap_m2) == 2000 and round(units.outside_m2) == 10_000
    assert set(np.unique(units.in_force)) == {0, 7, 8}
    assert lost(units.cells, OUTLINE) < 1e-6
    assert lost(units.cells[units.in_force == 0], shapely.box(300, 0, 400, 200)) < 1e-6


def test_units_fit_in_the_system_they_are_stored_in():
    """A border that is long is straight in one system only: units keep to it in the other one."""
    def bent(points):
        return np.column_stack([points[:, 0] / 1e5, points[:, 1] / 1e5 + (points[:, 0] / 1e5) ** 2])

    halves = [shapely.box(0, 0, 150, 200), shapely.box(150, 0, 400, 200)]
    units = derive_units(town(halves, [1, 2]), bent)
    for number, half in enumerate(halves, 1):
        stored = shapely.transform(half, bent)
        assert lost(units.cells[units.in_force == number], stored) < 1e-15
    assert shapely.coverage_is_valid(units.cells)
