/* The tools: what presses on the map become. Each ends in an edit {op, …} given to `edit`, or only in a choice. */

import { metresBetween } from "./cell-index.js";
import { crossing } from "../lib/geo.js";
import { Brush } from "./brush.js";
import { feature } from "./trace.js";

const NEAR_PIXELS = 26;
const SPARSE_PIXELS = 5;

export class Tools {
  /** `page`: edit(edit), hint(name, facts, bad), trace(features). `snap`: cuts follow the borders of blocks they run near. */
  constructor(state, map, page) {
    Object.assign(this, { state, map, page, active: "select", snap: true, brush: new Brush(state, map, page) });
    this.path = [];
  }

  use(tool) {
    this.cancel();
    this.active = tool;
    this.page.hint(`hint_${tool}`);
  }

  cancel() {
    this.path = [];
    this.brush.cancel();
    this.from = null;
    this.page.trace([]);
    this.map.over.unmark("chosen");
    this.state.hold([]);
  }

  press(place) {
    this.path = [place];
    const grid = this.state.gridAt(place);
    if (this.active === "paint") this.brush.start(place, grid);
    if (this.active === "drag") this.startDrag(place, grid);
  }

  move(place) {
    const last = this.path.at(-1);
    if (last && metresBetween(last, place) < SPARSE_PIXELS * this.map.metresPerPixel()) return;
    this.path.push(place);
    if (this.active === "paint") this.brush.along(last ?? place, place);
    else this.drawTrace();
  }

  release() {
    const run = { lasso: "endLasso", block: "endBlock", split: "endSplit", merge: "endMerge", drag: "endDrag" }[this.active];
    this.page.trace([]);
    if (run) this[run]();
    else if (this.active === "paint") this.brush.end();
    this.path = [];
  }

  hover(place) {
    if (this.active === "paint") this.page.trace(place ? [this.brush.ring(place)] : []);
    if (this.active === "block") this.showBlock(place);
  }

  /** A click without a tool chooses a grid; on the one that is chosen it lets go. */
  pick(place) {
    const grid = this.state.gridAt(place);
    this.state.choose(grid === this.state.active ? null : grid);
  }

  // -- lasso --------------------------------------------------------------------------------

  endLasso() {
    this.map.over.unmark("chosen");
    const cells = this.path.length > 2 ? this.state.index.inside(this.path) : [this.state.index.at(this.path[0])].filter((id) => id !== null);
    for (const id of cells) this.map.over.mark(id, "chosen");
    this.state.hold(cells);
  }

  /** Give what the lasso holds to a grid. */
  give(grid) {
    const cells = [...this.state.chosen];
    this.cancel();
    if (cells.length) this.page.edit({ op: "paint", cells, grid });
  }

  // -- block, merge -------------------------------------------------------------------------

  showBlock(place) {
    const cell = place ? this.state.index.at(place) : null;
    const block = cell === null ? null : this.state.blockOf(cell);
    if (block === this.shownBlock) return;
    this.shownBlock = block;
    this.map.over.unmark("chosen");
    if (block === null || block === undefined) return;
    for (const [id, { block: its }] of this.state.cells) if (its === block) this.map.over.mark(id, "chosen");
  }

  /** The block goes to the active grid; one that is the active grid's own goes to the neighbour nearest the press. */
  endBlock() {
    const [place] = this.path;
    const cell = this.state.index.at(place);
    if (cell === null) return;
    const mine = this.state.gridOf.get(cell);
    const { active } = this.state;
    const to = active !== null && active !== mine ? active : this.neighbourOf(place, mine);
    this.showBlock(null);
    if (to === null) this.page.hint("no_neighbour", {}, true);
    else this.page.edit({ op: "block", block: this.state.blockOf(cell), cell, grid: to });
  }

  neighbourOf(place, mine) {
    return [60, 150, 400, 1000].reduce((found, metres) => found ?? this.state.otherGridNear(place, mine, metres), null);
  }

  endMerge() {
    const grid = this.state.gridAt(this.path[0]);
    const { active } = this.state;
    if (grid === null) return;
    if (active === null || active === grid) {
      this.state.choose(grid);
      this.page.hint("merge_next", { number: this.state.grids.get(grid).number });
    } else this.page.edit({ op: "merge", grid: active, other: grid });
  }

  // -- lines --------------------------------------------------------------------------------

  drawTrace() {
    const kind = this.active === "lasso" ? "lasso" : "line";
    if (this.path.length < 2 || !["lasso", "split", "drag"].includes(this.active)) return;
    const closed = kind === "lasso" && this.path.length > 2;
    const geometry = closed ? { type: "Polygon", coordinates: [[...this.path, this.path[0]]] } : { type: "LineString", coordinates: this.path };
    this.page.trace([feature(kind, geometry)]);
  }

  /** The grid that is cut: the active one, or the one the line's middle lies in. */
  endSplit() {
    const { path } = this;
    if (path.length < 2) return;
    const fault = crossing([...path, path.at(-1)]);
    if (fault) {
      this.page.refuse("self_crossing", fault);
      return;
    }
    const grid = this.state.active ?? this.state.gridAt(path[Math.floor(path.length / 2)]);
    if (grid === null) this.page.hint("choose_grid", {}, true);
    else this.page.edit({ op: "split", grid, line: path, snap: this.snap });
  }

  /** Pressed near a border: the grid on this side and the one across it. */
  startDrag(place, grid) {
    const metres = NEAR_PIXELS * this.map.metresPerPixel();
    const other = grid === null ? null : this.state.otherGridNear(place, grid, Math.max(metres, 40));
    this.from = other === null ? null : { grid, other };
    if (!this.from) this.page.hint("no_border", {}, true);
  }

  /** The side the pointer is moved into loses. */
  endDrag() {
    if (!this.from || this.path.length < 2) return;
    const { grid, other } = this.from;
    const inner = this.path.filter((place) => this.state.gridAt(place) === grid).length;
    const outer = this.path.filter((place) => this.state.gridAt(place) === other).length;
    const [gaining, losing] = inner > outer ? [other, grid] : [grid, other];
    this.page.edit({ op: "drag", grid: gaining, other: losing, line: this.path, reach: Math.max(20, this.brush.metres) });
  }
}
