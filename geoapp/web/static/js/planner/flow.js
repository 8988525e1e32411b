/* The way of a plan: its steps so far, who may do what next, with a note and a second look. */

import { Trouble } from "../lib/http.js";
import { showToast } from "../widgets/toasts.js";
import { sentence } from "../widgets/trouble.js";
import { Publishing } from "./publishing.js";
import { make, moment, say } from "./words.js";

export class Flow {
  /** `run`: {changed(plan, step), reload(), fault(reason)}. */
  constructor(panel, api, state, run) {
    Object.assign(this, { panel, api, state, run });
    this.part = (name) => panel.querySelector(`[data-part=${name}]`);
    this.dialog = document.getElementById("plan-step");
    this.publishing = new Publishing(panel, api, state, { changed: () => run.reload(), fault: (reason) => run.fault(reason) });
    panel.addEventListener("click", (event) => { const button = event.target.closest("[data-step]"); if (button) this.ask(button.dataset.step); });
    this.dialog.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); this.take(); });
    state.addEventListener("taken", () => this.show());
    this.show();
  }

  show() {
    const { plan } = this.state;
    const lines = [["created", plan.created], ["submitted", plan.submitted], ["decided", plan.decided]].filter(([, one]) => one);
    this.part("facts").replaceChildren(...lines.map(([name, { by, at, note }]) => {
      const row = make("div", "dl__row");
      row.append(make("dt", "", say(`flow_${name}`)), make("dd", "", [by, moment(at), note].filter(Boolean).join(" · ")));
      return row;
    }));
    this.part("base").hidden = !plan.changed_base;
    for (const button of this.panel.querySelectorAll("[data-step]")) button.hidden = !plan.can[button.dataset.step];
    this.part("publish").hidden = !plan.can.publish;
  }

  async open() {
    this.show();
    this.publishing.history();
    try {
      const { steps } = await this.api.get("/history");
      this.part("none").hidden = steps.length > 0;
      this.part("steps").replaceChildren(...steps.slice().reverse().map(({ kind, by, at, applied, cells }) => {
        const item = make("li", applied ? "" : "flow__undone");
        item.append(make("strong", "", say(`kind_${kind}`)), make("span", "", cells ? say("cells_n", { n: cells }) : ""), make("small", "", `${by} · ${moment(at)}${applied ? "" : ` · ${say("undone")}`}`));
        return item;
      }));
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      this.part("steps").replaceChildren(make("li", "field__error", sentence(trouble.kind, { status: trouble.status, message: trouble.detail })));
    }
  }

  ask(step) {
    this.step = step;
    const { dialog } = this;
    dialog.querySelector("h2").textContent = say(`step_${step}`);
    dialog.querySelector("[data-part=explain]").textContent = say(`step_${step}_text`);
    dialog.querySelector("[data-part=error]").hidden = true;
    dialog.querySelector("[name=note]").value = "";
    dialog.showModal();
  }

  async take() {
    const error = this.dialog.querySelector("[data-part=error]");
    const note = this.dialog.querySelector("[name=note]").value.trim();
    if (this.step === "return" && !note) {
      error.textContent = say("return_needs_note");
      error.hidden = false;
      return;
    }
    try {
      const plan = await this.api.post(`/${this.step}`, { version: this.state.plan.version, note });
      this.dialog.close();
      showToast(say(`step_${this.step}_done`));
      this.run.changed(plan, this.step);
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      error.textContent = sentence(trouble.kind, { status: trouble.status, message: trouble.detail });
      error.hidden = false;
    }
  }
}
