/* Brings a plan's data: waits for base units, takes all cells of a small area, those in view of a large one. */

import { unpack } from "./unpack.js";

const ALL_AT_ONCE = 6_000;
const NEAR_ENOUGH = 14;
const MARGIN = 0.4; // of the view on each side, so that a little pan asks for nothing
const WAIT_MS = 700;

export class Loader {
  constructor(api) {
    this.api = api;
    this.whole = true;
    this.known = []; // boxes whose cells are here
  }

  /** The plan, once its base units are there; `waiting(job)` is told while they are made. */
  async plan(waiting) {
    let plan = await this.api.get();
    let told = false;
    while (!plan.ready) {
      const { jobs = [] } = await this.api.post("/presence", {}).catch(() => ({})); // not open to who only looks
      const job = jobs.find(({ kind }) => kind === "derive");
      if (job && !told) { told = true; waiting(job); }
      await new Promise((resolve) => { setTimeout(resolve, WAIT_MS); });
      plan = await this.api.get();
    }
    return plan;
  }

  async cells(box = "") {
    return unpack(await this.api.get(`/units?packed=1${box && `&bbox=${box}`}`));
  }

  /** Grids with their polygons, and the cells where there are not too many. */
  async first(plan) {
    this.total = plan.communities.reduce((sum, { cells }) => sum + cells, 0);
    this.whole = this.total <= ALL_AT_ONCE;
    const [grids, cells] = await Promise.all([this.api.get("/grids"), this.whole ? this.cells() : []]);
    return { grids: grids.features, cells };
  }

  /** In a large area cells come as one looks at them. */
  follow(map, take) {
    if (this.whole) return;
    const look = async () => {
      if (map.getZoom() < NEAR_ENOUGH) return;
      const bounds = map.getBounds();
      const [w, s, e, n] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
      if (this.known.some((box) => box[0] <= w && box[1] <= s && box[2] >= e && box[3] >= n)) return;
      const [x, y] = [(e - w) * MARGIN, (n - s) * MARGIN];
      const box = [w - x, s - y, e + x, n + y];
      this.known.push(box);
      try {
        const cells = await this.cells(box.map((v) => v.toFixed(5)).join(","));
        if (cells.length) take(cells);
      } catch {
        this.known = this.known.filter((one) => one !== box); // asked again at the next move
      }
    };
    map.on("moveend", look);
    look();
  }
}
