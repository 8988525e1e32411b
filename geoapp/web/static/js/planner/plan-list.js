/* The list of plans: mine, the area's, by state. */

import { Trouble } from "../lib/http.js";
import { troubleState } from "../widgets/trouble.js";
import { read } from "./plan-api.js";
import { count, make, moment, say } from "./words.js";

const TONES = { draft: "info", submitted: "warn", approved: "ok", scheduled: "ok", published: "ok" };

export default class PlanList {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    root.querySelector(".plans__filter").addEventListener("click", (event) => { const pill = event.target.closest("[data-filter]"); if (pill) this.load(pill.dataset.filter); });
    this.load("");
  }

  async load(filter) {
    for (const pill of this.root.querySelectorAll("[data-filter]")) pill.setAttribute("aria-pressed", String(pill.dataset.filter === filter));
    const query = filter === "mine" ? "?mine=1" : filter ? `?state=${filter}` : "";
    this.asked = filter;
    try {
      const { plans } = await read(`/planner/api/plans${query}`);
      if (this.asked === filter) this.show(plans);
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      this.part("state").replaceChildren(troubleState(trouble, () => this.load(filter)));
    }
  }

  show(plans) {
    this.part("state").replaceChildren();
    this.part("none").hidden = plans.length > 0;
    this.part("frame").hidden = plans.length === 0;
    this.part("rows").replaceChildren(...plans.map((plan) => this.row(plan)));
  }

  row({ id, name, note, area, state, ready, undo, created, effective_on: on }) {
    const row = make("tr");
    const first = make("td");
    first.append(make("a", "", name, { href: `/planner/plans/${id}` }), make("small", "", note || ""));
    const badge = make("td");
    badge.append(make("span", `badge badge--${ready ? TONES[state] ?? "neutral" : "neutral"}`, ready ? say(`state_${state}`) : say("preparing")));
    const by = make("td", "", created.by ?? "–");
    by.append(make("small", "", moment(created.at)));
    row.append(first, make("td", "", area.name), badge, make("td", "num", count(undo)), by, make("td", "", on ?? "–"));
    return row;
  }
}
