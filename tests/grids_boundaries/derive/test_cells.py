import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from grids_boundaries.derive.cells import derive_cells
from grids_boundaries.derive.coverage import partition_error

TWO_BLOCKS = np.array([shapely.box(0, 0, 200, 100), shapely.box(200, 0, 300, 100)])


def cells_of(footprints, households=50, blocks=TWO_BLOCKS):
    return derive_cells(blocks, np.array(footprints), np.full(len(footprints), households))


def houses_cut(cells, footprints) -> int:
    """Footprints of which more than 0.1 m² lies in each of two cells."""
    shapes = cells.geometry.to_numpy()
    parts = shapely.area(shapely.intersection(np.array(footprints)[:, None], shapes[None]))
    return int(((parts > 0.1).sum(axis=1) > 1).sum())


def test_a_block_is_divided_half_way_between_its_houses():
    cells = cells_of([shapely.box(20, 40, 40, 60), shapely.box(120, 40, 140, 60)])
    assert sorted(cells.geometry.area.round()) == [8000, 10000, 12000]
    assert cells["block"].tolist() == [0, 0, 1]
    assert sorted(cells["households"]) == [0, 50, 50]


def test_a_block_of_few_households_stays_one_cell():
    cells = cells_of([shapely.box(20, 40, 40, 60), shapely.box(120, 40, 140, 60)], households=20)
    assert cells["households"].tolist() == [40, 0]


def test_neighbouring_blocks_share_the_vertices_of_the_cells():
    houses = [
        shapely.box(150, 20, 190, 40),
        shapely.box(150, 70, 190, 90),
        shapely.box(20, 40, 40, 60),
    ]
    cells = cells_of(houses)
    assert len(cells) == 4
    assert shapely.coverage_is_valid(cells.geometry.to_numpy())


@pytest.mark.parametrize(
    "houses",
    [
        [shapely.box(20, 40, 40, 60), shapely.box(40, 40, 60, 60)],  # one wall in common
        [shapely.box(20, 40, 45, 60), shapely.box(40, 45, 60, 70)],  # mapped over each other
        [
            shapely.Polygon([(20, 20), (120, 20), (120, 80), (20, 80)],
                            [[(30, 30), (110, 30), (110, 70), (30, 70)]]),
            shapely.box(60, 45, 80, 55),  # stands in the other's courtyard
        ],
    ],
    ids=["touching", "overlapping", "courtyard"],
)  # fmt: skip
def test_no_house_is_cut(houses):
    cells = cells_of(houses)
    assert houses_cut(cells, houses) == 0
    assert partition_error(cells.geometry.to_numpy(), shapely.box(0, 0, 300, 100)) < 0.01


def centimetres(least: int, most: int):
    """Metres with two decimals, as surveyed coordinates have."""
    return st.integers(least * 100, most * 100).map(lambda number: number / 100)


PLACES = st.tuples(
    centimetres(5, 160),
    centimetres(5, 70),
    centimetres(4, 35),
    centimetres(4, 25),
    st.integers(0, 90),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(PLACES, min_size=2, max_size=9))
def test_any_houses_give_a_partition_that_cuts_none(places):
    block = TWO_BLOCKS[0]
    turned = [
        shapely.affinity.rotate(shapely.box(x, y, x + w, y + h), angle)
        for x, y, w, h, angle in places
    ]
    houses = [h for h in turned if shapely.within(h, block)]
    if len(houses) < 2:
        return
    cells = cells_of(houses)
    shapes = cells.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert partition_error(shapes, shapely.box(0, 0, 300, 100)) <= 0.01 * block.length
    assert houses_cut(cells, houses) == 0


def test_cells_of_the_real_windows_hold_every_household(haidian, haidian_source):
    total = haidian_source.buildings["households"].to_numpy()
    points = shapely.point_on_surface(haidian_source.buildings.geometry.to_numpy())
    covered = shapely.coverage_union_all(haidian.blocks.geometry.to_numpy())
    expected = total[shapely.within(points, covered)].sum()
    assert haidian.blocks["households"].sum() == expected > 10_000
