"""Edits by hand: after each one the grids are a partition (D4.3, GE-8)."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from grids_boundaries.partition import export, score
from grids_boundaries.partition.editing import REFUSALS, Editor, EditRefused
from tests.grids_boundaries.partition.towns import Lot, city_of, squares


def lot() -> Editor:
    """Three grids in a row: 0 | 1 | 2, each of 3 x 4 blocks of 2 x 2 cells."""
    problem = squares(Lot(9, 4, 2, 2), np.full(144, 9))
    column = (shapely.get_x(shapely.centroid(problem.cells)) // 300).astype(int)
    return Editor(problem, column, extra={"workers": np.ones(144)})


def at(editor: Editor, x: float, y: float) -> int:
    return int(np.flatnonzero(shapely.contains_xy(editor.problem.cells, x, y))[0])


def sound(editor: Editor) -> None:
    grids = sorted(editor.shapes)
    found = score.score(city_of(editor.problem), np.array([editor.shapes[g] for g in grids], dtype=object))
    assert found.sound(), found
    for grid in grids:
        members = np.flatnonzero(editor.grid == grid)
        assert set(members.tolist()) == editor.cells_of[grid]


def test_paint_changes_both_grids_and_their_figures():
    editor = lot()
    edit = editor.paint([at(editor, 310, 10), at(editor, 310, 60)], 0)
    assert sorted(edit.figures) == [0, 1]
    assert edit.figures[0].households == 48 * 9 + 18
    assert edit.figures[1].extra == {"workers": 46.0}
    assert edit.figures[1].deviation == 0
    assert edit.figures[0].area == pytest.approx(50 * 2500)
    sound(editor)


def test_a_block_goes_to_the_neighbour_and_back():
    editor = lot()
    before = {grid: shapely.to_wkb(shape) for grid, shape in editor.shapes.items()}
    start = editor.grid.copy()
    block = int(editor.problem.unit[at(editor, 310, 10)])
    assert len(editor.move_block(block, 0).change.cells) == 4
    editor.merge(1, 2)
    editor.undo()
    assert editor.undo() is not None
    assert editor.undo() is None
    assert (editor.grid == start).all()
    assert {grid: shapely.to_wkb(shape) for grid, shape in editor.shapes.items()} == before
    editor.redo()
    assert editor.redo() is not None and editor.redo() is None
    assert sorted(editor.shapes) == [0, 1]
    sound(editor)


def test_a_line_splits_along_blocks_or_between_buildings():
    editor = lot()
    # 215 m: near the border of the blocks at 200 m, so it snaps to it
    edit = editor.split(0, shapely.LineString([(215, -10), (215, 410)]))
    assert edit.shapes[3].bounds == (200, 0, 300, 400)
    # 250 m from the west through the middle of blocks: between buildings
    edit = editor.split(1, shapely.LineString([(290, 251), (610, 251)]))
    assert edit.shapes[4].bounds in {(300, 0, 600, 250), (300, 250, 600, 400)}
    sound(editor)
    assert editor.numbers()[0] == 1
    assert sorted(editor.numbers().values()) == [1, 2, 3, 4, 5]


def test_dragging_a_border_moves_both_sides_and_takes_along_what_would_be_cut_off():
    editor = lot()
    edit = editor.drag(0, 1, shapely.LineString([(300, 75), (595, 75)]), reach=5)
    # a furrow right through grid 1: its smaller half goes along
    assert edit.figures[0].parts == edit.figures[1].parts == 1
    assert edit.shapes[1].bounds == (300, 100, 600, 400)
    sound(editor)


@pytest.mark.parametrize(
    ("code", "attempt"),
    [
        ("pieces", lambda e: e.paint([at(e, 460, 10)], 0)),
        ("locked", lambda e: (e.lock(1), e.paint([at(e, 310, 10)], 0))),
        ("emptied", lambda e: e.paint(e.cells_of[1], 0)),
        ("unknown_grid", lambda e: e.paint([0], 77)),
        ("unknown_cell", lambda e: e.paint([10**6], 0)),
        ("no_change", lambda e: e.paint([0], 0)),
        ("apart", lambda e: e.merge(0, 2)),
        ("self_crossing", lambda e: e.split(0, shapely.LineString([(0, 0), (200, 200), (200, 0), (0, 200)]))),
        ("no_cut", lambda e: e.split(0, shapely.LineString([(-50, -10), (-50, 500)]))),
        ("no_cut", lambda e: e.split(0, shapely.LineString([(10, 10), (10, 390)]))),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(code, attempt):
    editor = lot()
    start = editor.grid.copy()
    with pytest.raises(EditRefused) as refused:
        attempt(editor)
    assert refused.value.code == code
    assert (editor.grid == start).all() and not editor.done
    assert REFUSALS[code] % {"grid": 1, "other": 2, "parts": 2, "cell": 3, **refused.value.facts}
    editor.unlock()
    editor.lock()
    assert editor.locked == {0, 1, 2}


def test_cells_do_not_leave_their_community():
    problem = squares(Lot(2, 2), np.full(8, 100), communities=2)
    editor = Editor(problem, problem.community.copy())
    with pytest.raises(EditRefused) as refused:
        editor.paint([int(np.flatnonzero(problem.community == 1)[0])], 0)
    assert refused.value.code == "community"


def test_a_plan_half_drawn_may_be_in_pieces_and_says_so():
    problem = squares(Lot(9, 4, 2, 2), np.full(144, 9))
    column = (shapely.get_x(shapely.centroid(problem.cells)) // 300).astype(int)
    editor = Editor(problem, column, whole=False)
    assert editor.paint([at(editor, 460, 10)], 0).figures[0].parts == 2


def test_1000_random_edits_keep_the_partition_and_undo_leads_back(town, town_plan):
    editor = Editor(town.problem, town_plan)
    start = {grid: shapely.to_wkb(shape) for grid, shape in editor.shapes.items()}
    outline = shapely.area(town.problem.cells).sum()
    generator = np.random.default_rng(3)
    refused = 0
    for step in range(1000):
        try:
            random_edit(editor, generator)
        except EditRefused:
            refused += 1
        if step % 100 == 0:
            assert abs(sum(shape.area for shape in editor.shapes.values()) - outline) < 0.01
            assert shapely.coverage_is_valid(list(editor.shapes.values()))
            assert (np.bincount(editor.grid) > 0).sum() == len(editor.shapes)
    assert refused < 900 and len(editor.done) > 20
    shapes = export.polygons(town.problem, np.unique(editor.grid, return_inverse=True)[1])
    assert score.score(city_of(town.problem, town), shapes).sound()
    while editor.undo():
        pass
    assert (editor.grid == town_plan.grid).all()
    assert {grid: shapely.to_wkb(shape) for grid, shape in editor.shapes.items()} == start


def random_edit(editor: Editor, generator: np.random.Generator) -> None:
    """One of: paint, move a block, drag, merge, split, undo, redo."""
    cell = int(generator.integers(len(editor.grid)))
    own = int(editor.grid[cell])
    near = [n for n in editor._near[cell] if editor.grid[n] != own]
    kind = int(generator.integers(7))
    west, south, east, north = editor.shapes[own].bounds
    if kind == 4:
        x = generator.uniform(west, east, 2)
        editor.split(own, shapely.LineString([(x[0], south - 5), (x[1], north + 5)]))
    elif kind >= 5:
        editor.undo() if kind == 5 else editor.redo()
    elif near:
        other = int(editor.grid[near[0]])
        middle = editor.net.centre[cell]
        path = shapely.LineString([middle, middle + generator.uniform(-60, 60, 2)])
        [
            lambda: editor.paint([cell], other),
            lambda: editor.move_block(int(editor.problem.unit[cell]), other),
            lambda: editor.drag(other, own, path),
            lambda: editor.merge(other, own) if generator.random() < 0.2 else None,
        ][kind]()
