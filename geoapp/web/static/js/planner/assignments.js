/* Who works in which grids after publishing: chips that can be taken away, a list to add from. */

import { icon, make, say } from "./words.js";

export class Assignments {
  /** `body`: <tbody>; `workers` of the server; `names`: grid -> words. */
  constructor(body, workers, names) {
    Object.assign(this, { body, names });
    this.of = new Map(workers.map(({ id, grids }) => [id, new Set(grids)]));
    this.first = new Map(workers.map(({ id, grids }) => [id, [...grids].sort().join()]));
    body.replaceChildren(...workers.map((worker) => this.row(worker)));
  }

  row({ id, name, role, codes }) {
    const row = make("tr");
    const who = make("th", "", name, { scope: "row" });
    who.append(make("small", "", role));
    const cell = make("td");
    const chips = cell.appendChild(make("ul", "chips"));
    const box = cell.appendChild(make("span", "field__box field__box--select"));
    const add = box.appendChild(make("select", "input", null, { "aria-label": say("add_grid_for", { name }) }));
    box.append(icon("chevron-down"));
    add.addEventListener("change", () => { if (add.value) this.of.get(id).add(Number(add.value)); this.show(id, chips, add); });
    row.append(who, make("td", "mono", codes.join(" ")), cell);
    this.show(id, chips, add);
    return row;
  }

  show(id, chips, add) {
    const mine = this.of.get(id);
    chips.replaceChildren(...[...mine].map((grid) => {
      const chip = make("li", "chip");
      const words = this.names.get(grid) ?? String(grid);
      const button = make("button", "chip__remove", "×", { type: "button", "aria-label": say("remove_grid", { grid: words }) });
      button.addEventListener("click", () => { mine.delete(grid); this.show(id, chips, add); });
      chip.append(make("span", "", words.split(" · ")[0]), button);
      return chip;
    }));
    const rest = [...this.names].filter(([grid]) => !mine.has(grid)).sort(([, a], [, b]) => a.localeCompare(b));
    add.parentElement.hidden = rest.length === 0;
    add.replaceChildren(new Option(say("add_grid"), ""), ...rest.map(([grid, words]) => new Option(words, grid)));
  }

  /** {user id: [grids]} of those the planner changed. */
  chosen() {
    return Object.fromEntries([...this.of].filter(([id, grids]) => [...grids].sort().join() !== this.first.get(id)).map(([id, grids]) => [id, [...grids]]));
  }
}
