/* The bar on top of the map: what the tool in use expects, what a lasso holds, why something was refused. */

import { sumOf } from "./predict.js";
import { numberOf } from "./grid-table.js";
import { count, make, say } from "./words.js";

export class Bar {
  /** `run`: {give(grid), cancel()}. */
  constructor(element, state, run) {
    Object.assign(this, { element, state, run });
    this.part = (name) => element.querySelector(`[data-part=${name}]`);
    this.part("give").addEventListener("click", () => this.give());
    this.part("drop").addEventListener("click", () => run.cancel());
    state.addEventListener("chosen", () => this.chosen());
    state.addEventListener("active", () => this.chosen());
  }

  hint(text, bad = false) {
    this.element.classList.toggle("drawbar--bad", bad);
    this.element.hidden = !text;
    this.part("hint").textContent = text;
  }

  chosen() {
    const { chosen, cells, active, grids } = this.state;
    const sum = sumOf(chosen, cells);
    this.part("sum").textContent = chosen.size ? say("chosen_sum", { cells: count(sum.cells), households: count(sum.households), sites: count(sum.sites) }) : "";
    this.part("target").hidden = chosen.size === 0;
    this.part("drop").hidden = chosen.size === 0;
    if (!chosen.size) return;
    this.element.hidden = false;
    const options = [...grids.values()].map((figures) => new Option(say("grid_n", { number: numberOf(figures) }), figures.grid, false, figures.grid === active));
    this.part("grid").replaceChildren(...options, new Option(say("a_new_grid"), ""));
  }

  give() {
    const { value } = this.part("grid");
    this.run.give(value === "" ? null : Number(value));
  }
}

/** The line above the table: grids, in the band, households; by word, not by colour. */
export function showTotals(element, { grids, band }) {
  const all = [...grids.values()];
  const inBand = all.filter(({ deviation, dedicated }) => deviation === 0 || dedicated).length;
  const facts = [
    ["grids", count(all.length)], ["inside", `${count(inBand)} / ${count(all.length)}`],
    ["households", count(all.reduce((sum, one) => sum + one.households, 0))], ["band", `${band.low}–${band.high}`],
  ];
  element.replaceChildren(...facts.map(([name, value]) => {
    const box = make("div", `figure${name === "inside" && inBand < all.length ? " figure--warn" : ""}`);
    box.append(make("span", "figure__n", value), make("span", "figure__word", say(`total_${name}`)));
    return box;
  }));
}
