/* Brings a plan's data: waits for base units, takes all cells of a small area, those in view of a large one. */

const ALL_AT_ONCE = 12_000;
const NEAR_ENOUGH = 14;
const WAIT_MS = 700;

export class Loader {
  constructor(api) {
    this.api = api;
    this.whole = true;
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

  /** Grids with their polygons, and the cells where there are not too many. */
  async first(plan) {
    this.total = plan.communities.reduce((sum, { cells }) => sum + cells, 0);
    this.whole = this.total <= ALL_AT_ONCE;
    const [grids, cells] = await Promise.all([this.api.get("/grids"), this.whole ? this.api.get("/units") : { features: [] }]);
    return { grids: grids.features, cells: cells.features };
  }

  /** In a large area cells come as one looks at them. */
  follow(map, take) {
    if (this.whole) return;
    const look = async () => {
      if (map.getZoom() < NEAR_ENOUGH) return;
      const b = map.getBounds();
      const box = [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()].map((v) => v.toFixed(5)).join(",");
      if (box === this.seen) return;
      this.seen = box;
      const { features } = await this.api.get(`/units?bbox=${box}`).catch(() => ({ features: [] }));
      if (features.length) take(features);
    };
    map.on("moveend", look);
    look();
  }
}
