/* Proposals: asked for, followed, laid side by side with the draft, looked at on the map, adopted. */

import { Trouble } from "../lib/http.js";
import { tellTrouble } from "../widgets/trouble.js";
import { JobView } from "./jobs.js";
import { count, decimal, make, moment, say } from "./words.js";

const ROWS = ["grids", "in_band", "outside", "households_min", "households_max", "compactness_median", "compactness_p10", "work_variation", "moved_households"];
const DECIMALS = new Set(["compactness_median", "compactness_p10", "work_variation"]);

export class Proposals {
  /** `run`: {adopt(id), preview(features | null), fault(reason)}. */
  constructor(panel, api, state, run) {
    Object.assign(this, { panel, api, state, run, shown: null });
    this.part = (name) => panel.querySelector(`[data-part=${name}]`);
    this.form = panel.querySelector("form");
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.ask(); });
    this.part("table").addEventListener("click", (event) => this.click(event));
  }

  async open() {
    try {
      const { proposals, jobs } = await this.api.get("/proposals");
      this.list = proposals;
      this.show();
      const running = jobs.find(({ state, kind }) => ["queued", "running"].includes(state) && kind !== "derive");
      if (running) this.follow(running);
    } catch (trouble) {
      this.failed(trouble);
    }
  }

  async ask() {
    const data = new FormData(this.form);
    const number = (name) => (data.get(name) === "" || data.get(name) === null ? undefined : Number(data.get(name)));
    const kind = data.get("kind");
    const grids = kind === "repair" && this.state.active !== null ? [this.state.active] : undefined;
    const body = { kind, profile: data.get("profile"), low: number("low"), high: number("high"), floating: number("floating"), site: number("site"), seed: this.list.length, grids };
    if (kind === "repair" && !grids) { this.error(say("repair_needs_grid")); return; }
    if (body.low > body.high) { this.error(say("band_wrong")); return; }
    try {
      this.error("");
      this.follow((await this.api.post("/proposals", body)).job);
    } catch (trouble) {
      this.failed(trouble);
    }
  }

  follow(job) {
    this.form.querySelector("[type=submit]").disabled = true;
    this.view = new JobView(this.part("job"), this.api, job, (ended) => this.ended(ended));
  }

  ended({ state, error }) {
    this.form.querySelector("[type=submit]").disabled = false;
    if (state === "failed") this.error(error || say("job_failed"));
    if (state === "cancelled") this.error(say("job_cancelled"));
    this.open();
  }

  error(text) {
    this.part("error").hidden = !text;
    this.part("error").textContent = text;
  }

  failed(trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    if (trouble.kind === "session") tellTrouble("session");
    else this.error(trouble.detail || say("failed", { status: trouble.status }));
  }

  /** One column for the draft as it is, one for each proposal. */
  show() {
    this.part("empty").hidden = this.list.length > 0;
    this.part("frame").hidden = this.list.length === 0;
    if (!this.list.length) return;
    const head = make("tr");
    head.append(make("td"), make("th", "", say("draft_now"), { scope: "col" }), ...this.list.map((one) => this.head(one)));
    const now = this.draftFigures();
    const rows = ROWS.map((name) => {
      const row = make("tr");
      const text = (figures) => (DECIMALS.has(name) ? decimal(figures[name]) : count(figures[name]));
      row.append(make("th", "", say(`figure_${name}`), { scope: "row" }), make("td", "num", text(now)), ...this.list.map(({ figures }) => make("td", "num", text(figures))));
      return row;
    });
    const actions = make("tr");
    actions.append(make("td"), make("td"), ...this.list.map((one) => this.actions(one)));
    this.part("table").replaceChildren(head, ...rows, actions);
    this.reasons();
  }

  head({ label, profile, at, stale, adopted, figures }) {
    const head = make("th", "", null, { scope: "col" });
    head.append(make("span", "", label || say(`profile_${profile}`)), make("small", "", moment(at)));
    if (adopted) head.append(make("span", "badge badge--ok", say("adopted")));
    else if (stale) head.append(make("span", "badge badge--warn", say("proposal_stale")));
    if (figures.complete === false) head.append(make("span", "badge badge--warn", say("incomplete")));
    return head;
  }

  actions({ id, stale }) {
    const cell = make("td");
    const box = cell.appendChild(make("div", "proposals__do"));
    const button = (action, text, kind) => make("button", `btn btn--${kind}`, text, { type: "button", "data-do": action, "data-id": id, "aria-pressed": String(action === "preview" && this.shown === id) });
    const adopt = button("adopt", say("adopt"), "primary");
    adopt.disabled = stale || !this.state.editable;
    box.append(button("preview", say("preview"), "secondary"), adopt, button("drop", say("drop_proposal"), "quiet"));
    return cell;
  }

  draftFigures() {
    const all = [...this.state.grids.values()];
    const sorted = (name) => all.map((one) => one[name]).sort((a, b) => a - b);
    // between two values in proportion, as the server does for proposals
    const at = (list, share) => {
      const place = (list.length - 1) * share;
      const [low, high] = [list[Math.floor(place)], list[Math.ceil(place)]];
      return low + (high - low) * (place % 1);
    };
    const inBand = all.filter(({ deviation, dedicated }) => deviation === 0 || dedicated).length;
    return { grids: all.length, in_band: inBand, outside: all.length - inBand, households_min: at(sorted("households"), 0), households_max: at(sorted("households"), 1), compactness_median: at(sorted("compactness"), 0.5), compactness_p10: at(sorted("compactness"), 0.1), work_variation: null, moved_households: null };
  }

  /** Each sentence once; every press goes to its next place on the map. */
  reasons() {
    const places = new Map();
    for (const { reasons, label } of this.list) {
      for (const reason of reasons) {
        const text = say("with_label", { label, text: reason.description });
        places.set(text, [...(places.get(text) ?? []), reason]);
      }
    }
    this.part("reasons").replaceChildren(...[...places].map(([text, all]) => {
      const item = make("li");
      const button = make("button", "link", all.length > 1 ? say("times", { text, n: all.length }) : text, { type: "button" });
      let next = 0;
      button.addEventListener("click", () => { this.run.fault(all[next % all.length]); next += 1; });
      item.append(button);
      return item;
    }));
  }

  async click(event) {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    const id = Number(button.dataset.id);
    if (button.dataset.do === "adopt") { await this.preview(null); this.run.adopt(id); return; }
    if (button.dataset.do === "preview") await this.preview(this.shown === id ? null : id);
    else await this.api.post(`/proposals/${id}/drop`).then(() => this.open(), (trouble) => this.failed(trouble));
  }

  async preview(id) {
    this.shown = id;
    try {
      this.run.preview(id === null ? null : (await this.api.get(`/proposals/${id}/grids`)).features);
    } catch (trouble) {
      this.failed(trouble);
    }
    for (const button of this.part("table").querySelectorAll("[data-do=preview]")) button.setAttribute("aria-pressed", String(Number(button.dataset.id) === id));
  }
}
