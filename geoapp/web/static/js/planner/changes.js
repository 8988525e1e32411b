/* Draft and plan in force: what would change its grid, in figures, as a list and hatched on the map. */

import { bounds } from "../lib/geo.js";
import { Trouble } from "../lib/http.js";
import { troubleState } from "../widgets/trouble.js";
import { count, make, say } from "./words.js";

const TOTALS = ["houses", "households", "residents", "sites", "organisations", "workers", "open_work", "grids_new", "grids_gone", "grids_changed"];

export class Changes {
  /** `run`: {show(features), fit(box)}. */
  constructor(panel, api, run) {
    Object.assign(this, { panel, api, run });
    this.part = (name) => panel.querySelector(`[data-part=${name}]`);
    this.part("list").addEventListener("click", (event) => this.click(event));
  }

  async open() {
    this.part("state").replaceChildren(make("div", "skeleton", say("loading"), { role: "status" }));
    try {
      this.show(await this.api.get("/changes"));
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      this.part("state").replaceChildren(troubleState(trouble, () => this.open()));
    }
  }

  show({ totals, by_grid: moves, areas, list_url: address }) {
    this.areas = areas.features;
    this.run.show(this.areas.map((feature, i) => ({ ...feature, id: i })));
    this.part("state").replaceChildren();
    this.part("none").hidden = moves.length > 0 || this.areas.length > 0;
    this.part("body").hidden = !this.part("none").hidden;
    this.part("totals").replaceChildren(...TOTALS.map((name) => {
      const box = make("div", "figure");
      box.append(make("span", "figure__n", count(totals[name])), make("span", "figure__word", say(`change_${name}`)));
      return box;
    }));
    this.part("records").hidden = !address;
    if (address) this.part("records").href = address;
    this.part("list").replaceChildren(...moves.map((move) => this.row(move)));
  }

  row({ from, to, houses, households, residents, sites, open_work: work }) {
    const row = make("tr", "", null, { "data-from": from?.key ?? "", "data-to": to.grid });
    const button = make("button", "link", to.rank ? say("grid_n", { number: String(to.rank).padStart(3, "0") }) : to.name || say("new_grid", { n: to.grid + 1 }), { type: "button" });
    const cell = make("td");
    cell.append(button);
    row.append(make("td", "", from ? from.name : say("no_grid")), cell, ...[houses, households, residents, sites, work].map((n) => make("td", "num", count(n))));
    return row;
  }

  /** The row's own areas on the map; all of them where the answer does not tell them apart. */
  click(event) {
    const row = event.target.closest("tr[data-to]");
    if (!row) return;
    const same = this.areas.filter(({ properties: p }) => String(p.to?.grid ?? p.to) === row.dataset.to && String(p.from?.key ?? p.from ?? "") === row.dataset.from);
    const chosen = same.length ? same : this.areas;
    if (chosen.length) this.run.fit(bounds({ coordinates: chosen.map(({ geometry }) => geometry.coordinates) }));
  }

  close() {
    this.run.show([]);
  }
}
