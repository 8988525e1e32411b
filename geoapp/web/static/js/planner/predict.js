/* What an edit will probably do, drawn until the server has said what it did. Pure. */

import { fromPath } from "./cell-index.js";
import { deviationOf } from "./bands.js";

/** Number of the grid a split will make, until the server names it. */
export const COMING = -1;

/** Map of cell id to the grid it will probably belong to, for an edit {op, …}; cells that stay are not in it. */
export function movedBy(edit, { gridOf, blockOf, index, locked }) {
  const cellsOf = (grid) => [...gridOf].filter(([, g]) => g === grid).map(([id]) => id);
  const wanted = {
    paint: () => [edit.cells, edit.grid],
    block: () => [[...gridOf.keys()].filter((id) => blockOf(id) === edit.block), edit.grid],
    merge: () => [cellsOf(edit.other), edit.grid],
    split: () => [cellsOf(edit.grid).filter((id) => fromPath(index.centre(id), edit.line).right), COMING],
    drag: () => [index.along(edit.line, edit.reach).filter((id) => gridOf.get(id) === edit.other), edit.grid],
  }[edit.op]?.() ?? [[], null];
  const [cells, to] = wanted;
  const free = (id) => gridOf.get(id) !== to && !locked.has(gridOf.get(id)) && !locked.has(to);
  return new Map(cells.filter(free).map((id) => [id, to]));
}

/**
 * Figures of the grids that gain and lose by `moved`: counts are exact sums of cells, the rest is not known yet.
 * `cells`: id -> {households, residents, sites}; `grids`: number -> figures; `band`: {low, high}.
 */
export function figuresAfter(moved, { gridOf, cells, grids, band }) {
  const after = new Map();
  const at = (grid) => {
    if (!after.has(grid)) after.set(grid, { households: 0, residents: 0, sites: 0, ...grids.get(grid), grid, guess: true });
    return after.get(grid);
  };
  for (const [id, to] of moved) {
    const [from, into, cell] = [at(gridOf.get(id)), at(to), cells.get(id)];
    for (const name of ["households", "residents", "sites"]) {
      from[name] -= cell[name] ?? 0;
      into[name] += cell[name] ?? 0;
    }
  }
  for (const figures of after.values()) figures.deviation = deviationOf(figures.households, band);
  return after;
}

/** Counts of a choice of cells. */
export function sumOf(ids, cells) {
  const sum = { cells: 0, households: 0, residents: 0, sites: 0 };
  for (const id of ids) {
    const cell = cells.get(id);
    sum.cells += 1;
    for (const name of ["households", "residents", "sites"]) sum[name] += cell?.[name] ?? 0;
  }
  return sum;
}
