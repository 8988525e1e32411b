"""The scorer itself: whatever is broken on purpose must show."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from grids_boundaries.partition import export, score
from tests.grids_boundaries.partition.towns import city_of


@pytest.fixture(scope="module")
def city(town) -> score.City:
    return city_of(town.problem, town)


@pytest.fixture
def shapes(town, town_plan) -> np.ndarray:
    return export.polygons(town.problem, town_plan.grid)


def test_a_whole_plan_is_sound(city, shapes):
    found = score.score(city, shapes)
    assert found.sound()
    assert found.gap < 0.01 and found.overlap < 0.01


def test_a_grid_left_out_is_a_gap_even_where_the_coverage_stays_valid(city, shapes):
    inner = int(np.argmax([len(s.boundary.geoms) if s.boundary.geom_type[:5] == "Multi" else 0 for s in shapes]))
    rest = np.delete(shapes, inner)
    assert shapely.coverage_is_valid(rest)
    found = score.score(city, rest)
    assert not found.sound()
    assert found.gap == pytest.approx(shapes[inner].area, abs=0.1)
    assert found.homeless > 0


def test_a_vertex_moved_by_5_cm_is_seen(city, shapes):
    points = shapely.get_coordinates(shapes[3])
    shared = shapely.distance(shapely.points(points), shapely.union_all(np.delete(shapes, 3))) == 0
    points[np.flatnonzero(shared[1:-1])[4] + 1] += (0.035, 0.035)
    shapes[3] = shapely.polygons(points)
    found = score.score(city, shapes)
    assert not found.sound()
    assert found.gap + found.overlap > 0.01


def test_two_cells_swapped_between_far_grids_are_pieces(city, town, town_plan):
    grid = town_plan.grid.copy()
    one, other = 0, int(np.flatnonzero(town.problem.community == town.problem.community[0])[-1])
    assert grid[one] != grid[other]
    grid[[one, other]] = grid[[other, one]]
    found = score.score(city, export.polygons(town.problem, grid))
    assert found.in_pieces > 0 and not found.sound()


def test_a_border_through_a_building_is_seen(city, shapes):
    house = int(np.argmax(shapely.area(city.footprints)))
    home = int(np.flatnonzero(shapely.contains(shapes, shapely.point_on_surface(city.footprints[house])))[0])
    west, south, _, north = city.footprints[house].bounds
    middle = city.footprints[house].centroid.x
    left = shapely.box(west - 5000, south - 5000, middle, north + 5000)
    halves = [shapes[home].intersection(left), shapes[home].difference(left)]
    found = score.score(city, np.array([*np.delete(shapes, home), *halves], dtype=object))
    assert found.cut_buildings >= 1 and not found.sound()


def test_a_grid_over_two_communities_is_seen(city, shapes):
    near = shapely.touches(city.outlines[0], city.outlines[1:])
    second = 1 + int(np.argmax(near))
    pieces = [shapes[shapely.covers(shapely.buffer(o, 0.1), shapes)] for o in (city.outlines[0], city.outlines[second])]
    a, b = next((a, b) for a in pieces[0] for b in pieces[1] if a.intersection(b).length > 1)
    rest = [s for s in shapes if s is not a and s is not b]
    found = score.score(city, np.array([*rest, shapely.coverage_union(a, b)], dtype=object))
    assert found.across == 1 and not found.sound()


def test_households_are_counted_from_buildings_not_from_the_plan(city, shapes, town):
    emptied = score.City(
        city.outlines, city.footprints, np.where(np.arange(len(city.households)) % 2, 0, city.households),
        city.work, city.big,
    )  # fmt: skip
    assert score.score(emptied, shapes).in_band < score.score(city, shapes).in_band
