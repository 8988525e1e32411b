/* Publishing: the day, the codes grids will have, who works where; later what became of it, and the way back. */

import { Trouble } from "../lib/http.js";
import { showToast } from "../widgets/toasts.js";
import { sentence } from "../widgets/trouble.js";
import { read, write } from "./plan-api.js";
import { numberOf } from "./grid-table.js";
import { Assignments } from "./assignments.js";
import { count, make, moment, say } from "./words.js";

export class Publishing {
  /** `run`: {changed(): the plan is asked for anew, fault(reason)}. */
  constructor(panel, api, state, run) {
    Object.assign(this, { api, state, run });
    this.dialog = document.getElementById("plan-publish");
    this.part = (name) => this.dialog.querySelector(`[data-part=${name}]`);
    this.list = panel.querySelector("[data-part=publications]");
    panel.querySelector("[data-part=publish]").addEventListener("click", () => this.open());
    this.dialog.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.list.addEventListener("click", (event) => this.click(event));
  }

  /** What has been published of this plan so far. */
  async history() {
    if (!["approved", "scheduled", "published", "replaced"].includes(this.state.plan.state)) { this.list.replaceChildren(); return; }
    const { publications } = await read("/planner/api/publications").catch(() => ({ publications: [] }));
    this.list.replaceChildren(...publications.filter(({ plan }) => plan === this.state.plan.id).map((one) => this.row(one)));
  }

  row({ id, state_text: words, effective_on: on, made_at: at, ended_at: ended, failure, moved, can_withdraw: withdraw, can_restore: restore }) {
    const item = make("li", "card");
    const body = make("div", "card__body");
    body.append(make("strong", "", say("publication_on", { state: words, day: on })), make("p", "field__hint", moment(ended ?? at)));
    if (failure) body.append(make("p", "field__error", failure));
    const rows = Object.values(moved ?? {}).reduce((sum, n) => sum + n, 0);
    if (rows) body.append(make("p", "", say("publication_moved", { n: count(rows) })));
    const actions = make("p", "form__actions");
    if (withdraw) actions.append(make("button", "btn btn--secondary", say("publication_withdraw"), { type: "button", "data-do": "withdraw", "data-id": id }));
    // what something newer has replaced is not brought back before that
    if (restore && this.state.plan.state !== "replaced") actions.append(make("button", "btn btn--danger", say("publication_restore"), { type: "button", "data-do": "restore", "data-id": id }));
    if (actions.children.length) body.append(actions);
    item.append(body);
    return item;
  }

  async click(event) {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    if (!button.dataset.sure) { // taking a city's borders back is not done by one slip of the hand
      button.dataset.sure = "yes";
      button.textContent = say("press_again");
      return;
    }
    button.disabled = true;
    try {
      await write(`/planner/api/publications/${button.dataset.id}/${button.dataset.do}`, {});
      showToast(say("publication_changed"));
      this.run.changed();
    } catch (trouble) {
      this.failed(trouble, (text) => showToast(text, { tone: "bad" }));
    }
  }

  async open() {
    this.error("");
    this.part("faults").replaceChildren();
    this.part("body").hidden = true;
    this.dialog.showModal();
    try {
      this.show(await this.api.get("/publication"));
    } catch (trouble) {
      this.failed(trouble, (text) => this.error(text));
    }
  }

  show({ today, grids, gone, workers }) {
    const day = this.part("day");
    Object.assign(day, { min: today, value: today });
    const name = new Map(grids.map(({ grid, code }) => [grid, `${numberOf(this.state.grids.get(grid) ?? { grid })} · ${code}`]));
    this.part("grids").replaceChildren(...grids.filter(({ changed, new: fresh }) => changed || fresh).map(({ grid, code, name: words, new: fresh }) => {
      const row = make("tr");
      row.append(make("td", "", numberOf(this.state.grids.get(grid) ?? { grid })), make("td", "mono", code), make("td", "", words ?? ""), make("td", "", say(fresh ? "grid_is_new" : "grid_is_changed")));
      return row;
    }), ...gone.map(({ code, name: words, to }) => {
      const row = make("tr");
      row.append(make("td", "", "–"), make("td", "mono", code), make("td", "", words ?? ""), make("td", "", say("grid_is_gone", { to: to ?? "–" })));
      return row;
    }));
    this.assignments = new Assignments(this.part("workers"), workers, name);
    this.part("no-workers").hidden = workers.length > 0;
    this.part("body").hidden = false;
    day.focus();
  }

  async send() {
    try {
      this.error("");
      this.part("faults").replaceChildren();
      const { publication } = await this.api.post("/publish", { version: this.state.plan.version, effective_on: this.part("day").value, assignments: this.assignments.chosen() });
      this.dialog.close();
      showToast(say("publication_on", { state: publication.state_text, day: publication.effective_on }));
      this.run.changed();
    } catch (trouble) {
      this.failed(trouble, (text) => this.error(text));
      this.faults(trouble);
    }
  }

  /** What stands against it, each with its place: the dialog gives way to the map. */
  faults(trouble) {
    this.part("faults").replaceChildren(...(trouble.faults ?? []).map((fault) => {
      const item = make("li");
      const button = make("button", "link", fault.description, { type: "button" });
      button.addEventListener("click", () => { this.dialog.close(); this.run.fault(fault); });
      item.append(button);
      return item;
    }));
  }

  failed(trouble, tell) {
    if (!(trouble instanceof Trouble)) throw trouble;
    tell(sentence(trouble.kind, { status: trouble.status, message: trouble.detail }));
  }

  error(text) {
    this.part("error").hidden = !text;
    this.part("error").textContent = text;
  }
}
