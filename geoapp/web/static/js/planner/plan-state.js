/* The plan as this page knows it: cells, the grid of each, figures of the grids, what is chosen. Pure, tells of changes. */

import { CellIndex, METRES_PER_DEGREE } from "./cell-index.js";
import { figuresAfter, movedBy } from "./predict.js";

export class PlanState extends EventTarget {
  /** `plan`: facts of the plan; `cells`: GeoJSON features with counts; `grids`: figures with the geometry of each. */
  constructor({ plan, cells, grids }) {
    super();
    this.plan = plan;
    this.index = new CellIndex([]);
    this.cells = new Map();
    this.gridOf = new Map();
    this.addCells(cells);
    this.grids = new Map(grids.map((grid) => [grid.grid, grid]));
    this.active = null;
    this.chosen = new Set();
  }

  /** More cells came into view; those known stay as they are. Answers what was new. */
  addCells(features) {
    const fresh = features.filter(({ id }) => !this.cells.has(id));
    for (const { id, geometry, properties } of fresh) {
      this.index.add(id, geometry);
      this.cells.set(id, properties);
      this.gridOf.set(id, properties.grid);
    }
    return fresh;
  }

  get locked() {
    return new Set([...this.grids.values()].filter(({ locked }) => locked).map(({ grid }) => grid));
  }

  get editable() {
    return Boolean(this.plan.can?.edit);
  }

  blockOf(cell) {
    return this.cells.get(cell)?.block;
  }

  cellsOf(grid) {
    return [...this.gridOf].filter(([, g]) => g === grid).map(([id]) => id);
  }

  /** Whether a cell can go to a grid at all: not its own yet, not locked, of the same community. */
  mayGive(cell, to) {
    const from = this.gridOf.get(cell);
    const { community } = this.cells.get(cell);
    return from !== to && !this.grids.get(from)?.locked && (!this.grids.has(to) || this.grids.get(to).community === community);
  }

  /** Grid under a place, or null. */
  gridAt(place) {
    const cell = this.index.at(place);
    return cell === null ? null : this.gridOf.get(cell);
  }

  /** The nearest grid other than `grid` within `metres` of a place: looked for on rings around it. */
  otherGridNear(place, grid, metres) {
    for (const share of [0.25, 0.5, 0.75, 1]) {
      const lat = (metres * share) / METRES_PER_DEGREE;
      const lon = lat / Math.cos((place[1] * Math.PI) / 180);
      for (let angle = 0; angle < 2 * Math.PI; angle += Math.PI / 8) {
        const other = this.gridAt([place[0] + lon * Math.cos(angle), place[1] + lat * Math.sin(angle)]);
        if (other !== null && other !== grid) return other;
      }
    }
    return null;
  }

  /** An edit before the server has answered: {moved, from, figures}; its cells count as moved from now on. */
  foresee(edit) {
    const facts = { gridOf: this.gridOf, blockOf: (id) => this.blockOf(id), index: this.index, locked: this.locked };
    const moved = movedBy(edit, facts);
    const figures = figuresAfter(moved, { gridOf: this.gridOf, cells: this.cells, grids: this.grids, band: this.plan.band });
    const from = new Map([...moved.keys()].map((id) => [id, this.gridOf.get(id)]));
    for (const [id, to] of moved) this.gridOf.set(id, to);
    return { moved, from, figures };
  }

  /** Take what the server says: changed cells, figures and shapes of changed grids, grids that are gone. */
  take({ plan, cells = [], grids = [], gone = [] }) {
    Object.assign(this.plan, plan);
    for (const [id, grid] of cells) if (this.cells.has(id)) this.gridOf.set(id, grid);
    for (const grid of gone) this.grids.delete(grid);
    for (const grid of grids) this.grids.set(grid.grid, grid);
    if (this.active !== null && !this.grids.has(this.active)) this.choose(null);
    this.tell("taken", { grids: grids.map(({ grid }) => grid), gone });
  }

  choose(grid) {
    if (this.active === grid) return;
    const before = this.active;
    this.active = grid;
    this.tell("active", { before, grid });
  }

  /** Choose cells, by a lasso. */
  hold(cells) {
    this.chosen = new Set(cells);
    this.tell("chosen", {});
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
