/* Rows to claim: ticked one by one, as a stretch or all of the list; many are claimed in pieces, with a meter and a stop. */

import { ask, csrfHeader } from "../lib/http.js";
import { moved } from "../lib/keys.js";
import { fill } from "../lib/messages.js";
import { pieces, stretch, tally } from "../lib/ticks.js";

const PIECE = 25;

export default class ClaimRows {
  constructor(form) {
    this.form = form;
    this.boxes = [...form.querySelectorAll("input[name=row]")];
    this.all = this.part("all");
    this.total = Number(form.dataset.total);
    this.whole = false;
    this.last = null;
    if (!this.part("bar")) return;
    form.addEventListener("click", (event) => this.click(event));
    form.addEventListener("change", (event) => this.change(event));
    form.addEventListener("keydown", (event) => this.key(event));
    form.addEventListener("submit", (event) => this.submit(event));
    this.part("whole")?.addEventListener("click", () => { this.whole = true; this.show(); });
    this.part("none").addEventListener("click", () => this.tick(this.boxes.map(() => false)));
    this.part("stop").addEventListener("click", () => this.stop());
    this.show();
  }

  part(name) {
    return this.form.querySelector(`[data-part=${name}]`);
  }

  tick(states) {
    this.whole = false;
    this.boxes.forEach((box, i) => { box.checked = states[i]; });
    this.show();
  }

  /** A click with Shift ticks all between the last row and this one, as the last was. */
  click(event) {
    const index = this.boxes.indexOf(event.target);
    if (index < 0) return;
    if (event.shiftKey && this.last !== null) {
      const on = event.target.checked;
      for (const i of stretch(this.last, index)) this.boxes[i].checked = on;
    }
    this.last = index;
  }

  change({ target }) {
    if (target !== this.all && !this.boxes.includes(target)) return;
    if (target === this.all) this.boxes.forEach((box) => { box.checked = this.all.checked; });
    this.whole = false;
    this.show();
  }

  /** Arrows go from box to box, with Shift they tick on the way; Space is the box's own. */
  key(event) {
    const index = this.boxes.indexOf(event.target);
    const to = index < 0 ? null : moved(event.key, index, this.boxes.length);
    if (to === null) return;
    event.preventDefault();
    if (event.shiftKey) {
      for (const i of stretch(index, to)) this.boxes[i].checked = true;
      this.show();
    }
    this.boxes[to].focus();
    this.boxes[to].closest(".rows__row").scrollIntoView({ block: "nearest" });
  }

  show() {
    const { n, all, some } = tally(this.boxes.map((box) => box.checked));
    Object.assign(this.all, { checked: all, indeterminate: some });
    for (const box of this.boxes) box.closest(".rows__row").classList.toggle("is-selected", box.checked);
    const count = this.part("count");
    const nothing = matchMedia("(pointer: coarse)").matches ? count.dataset.touch : count.dataset.none;
    const words = this.whole ? count.dataset.whole : n ? count.dataset.some : nothing;
    count.textContent = fill(words, { n: this.whole ? this.total : n });
    if (this.part("whole")) this.part("whole").hidden = this.whole || !all;
    this.part("none").hidden = !n;
    if (this.part("claim-all")) this.part("claim-all").hidden = Boolean(n); // beside what was ticked it would be pressed by mistake
    for (const name of ["claim", "assign"]) if (this.part(name)) this.part(name).disabled = !n;
    this.form.dispatchEvent(new CustomEvent("geoapp:ticked", { bubbles: true }));
  }

  submit(event) {
    const button = event.submitter;
    if (!button || button.getAttribute("form") === "undo") return;
    const whole = this.whole || button === this.part("claim-all");
    const ids = this.boxes.filter((box) => box.checked).map((box) => box.value);
    if (button !== this.part("claim") && button !== this.part("claim-all")) {
      if (whole) this.form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "whole", value: "1" }));
      return;
    }
    if ((whole ? this.total : ids.length) <= PIECE) return; // done before anybody asks how far it is
    event.preventDefault();
    this.run(whole ? null : pieces(ids, PIECE), whole ? this.total : ids.length);
  }

  /** Claim piece after piece; what is claimed stays claimed, whenever this ends. */
  async run(parts, all) {
    const sum = { done: 0, failed: 0, all, since: 0 };
    this.running = new AbortController();
    this.busy(true, sum);
    let after = 0;
    try {
      for (let i = 0; !this.running.signal.aborted && (parts ? i < parts.length : true); i++) {
        const told = await this.piece(parts?.[i], after);
        if (!told.last) break;
        after = told.last;
        sum.since ||= told.moment;
        sum.done += told.done;
        sum.failed += told.failed;
        this.say("running", sum);
        this.part("meter").value = sum.done + sum.failed;
      }
    } catch (error) {
      this.say("broken", { reason: error.message });
      this.part("stop").hidden = true;
      this.form.removeAttribute("aria-busy");
      return;
    }
    location.assign(`${this.form.dataset.next}&list=${sum.failed ? "failed" : "done"}&since=${sum.since}`);
  }

  async piece(ids, after) {
    const body = new FormData(this.form);
    body.delete("row");
    body.delete("grid");
    if (ids) for (const id of ids) body.append("row", id);
    else { body.set("whole", "1"); body.set("after", after); }
    const answer = await ask(this.form.action, { method: "POST", body, accept: "application/json", headers: csrfHeader() });
    return answer.json();
  }

  stop() {
    this.running.abort(); // the piece that is being claimed ends first
    this.part("stop").disabled = true;
    this.part("said").textContent = this.part("said").dataset.ending;
  }

  busy(on, sum) {
    this.form.setAttribute("aria-busy", String(on));
    this.part("run").hidden = !on;
    this.part("meter").max = sum.all;
    for (const button of this.form.querySelectorAll(".bar__actions button, .rows input")) button.disabled = on;
    this.say("running", sum);
  }

  say(what, facts) {
    const said = this.part("said");
    said.textContent = fill(said.dataset[what], facts);
  }
}
