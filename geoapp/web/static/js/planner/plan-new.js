/* The form for a new plan: shows drafts of the area that is chosen, opens the draft when it is made. */

import { Trouble } from "../lib/http.js";
import { sentence, tellTrouble } from "../widgets/trouble.js";
import { read, write } from "./plan-api.js";
import { say } from "./words.js";

export default class PlanNew {
  constructor(form) {
    this.form = form;
    this.part = (name) => form.querySelector(`[data-part=${name}]`);
    form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    form.addEventListener("focusout", () => setTimeout(() => this.lookAtArea(), 300));
  }

  get area() {
    return new FormData(this.form).get("area")?.trim() ?? "";
  }

  /** A second draft of the same area is allowed, but nobody makes one unknowingly. */
  async lookAtArea() {
    const { area } = this;
    if (area === this.seen) return;
    this.seen = area;
    const { drafts } = area ? await read(`/planner/api/areas/${encodeURIComponent(area)}/state`).catch(() => ({ drafts: [] })) : { drafts: [] };
    this.part("drafts").hidden = drafts.length === 0;
    this.part("drafts").textContent = drafts.length ? say("area_drafts", { n: drafts.length, names: drafts.map(({ name }) => name).join(say("list_sign")) }) : "";
  }

  async send() {
    const data = new FormData(this.form);
    const number = (name) => (data.get(name) === "" ? null : Number(data.get(name)));
    if (!this.area) { this.error(say("no_code")); return; }
    if (number("low") > number("high")) { this.error(say("band_wrong")); return; }
    const button = this.form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      const { plan } = await write("/planner/api/plans", { area: this.area, name: data.get("name").trim(), note: data.get("note").trim() || null, low: number("low"), high: number("high") });
      location.assign(`/planner/plans/${plan.id}`);
    } catch (trouble) {
      button.disabled = false;
      if (!(trouble instanceof Trouble)) throw trouble;
      if (trouble.kind === "session") tellTrouble("session");
      else this.error(sentence(trouble.kind, { status: trouble.status, message: trouble.detail }));
      this.form.querySelector(`#${trouble.field}`)?.focus();
    }
  }

  error(text) {
    this.part("error").textContent = text;
    this.part("error").hidden = false;
    this.part("error").focus();
  }
}
