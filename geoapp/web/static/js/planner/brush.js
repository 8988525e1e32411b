/* The brush: cells it touches are marked at once and given to the active grid when it is lifted. */

import { METRES_PER_DEGREE, metresBetween } from "./cell-index.js";
import { feature } from "./trace.js";

export class Brush {
  constructor(state, map, page) {
    Object.assign(this, { state, map, page, pixels: 18 });
    this.painted = new Set();
  }

  /** Radius on the ground. */
  get metres() {
    return this.pixels * this.map.metresPerPixel();
  }

  cancel() {
    this.painted.clear();
  }

  start(place, grid) {
    if (this.state.active === null) this.state.choose(grid);
    this.painted.clear();
    this.along(place, place);
  }

  along(from, to) {
    const { metres } = this;
    const steps = Math.max(1, Math.ceil(metresBetween(from, to) / metres));
    for (let i = 0; i <= steps; i += 1) {
      const at = [0, 1].map((k) => from[k] + ((to[k] - from[k]) * i) / steps);
      for (const id of this.state.index.near(at, metres)) this.touch(id);
    }
    this.page.trace([this.ring(to)]);
  }

  /** A brush runs over what it may not change: locked grids and other communities stay. */
  touch(id) {
    if (this.painted.has(id) || !this.state.mayGive(id, this.state.active)) return;
    this.painted.add(id);
    this.map.over.mark(id, "chosen");
  }

  end() {
    const cells = [...this.painted];
    this.painted.clear();
    this.map.over.unmark("chosen");
    if (this.state.active === null) this.page.hint("choose_grid", {}, true);
    else if (cells.length) this.page.edit({ op: "paint", cells, grid: this.state.active });
  }

  ring(place) {
    const lat = this.metres / METRES_PER_DEGREE;
    const lon = lat / Math.cos((place[1] * Math.PI) / 180);
    const points = Array.from({ length: 33 }, (_, i) => [place[0] + lon * Math.cos((i * Math.PI) / 16), place[1] + lat * Math.sin((i * Math.PI) / 16)]);
    return feature("brush", { type: "LineString", coordinates: points });
  }
}
