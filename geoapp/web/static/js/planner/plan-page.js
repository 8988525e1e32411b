/* The editor of one plan: starts its parts and passes between them what the hand and the server do. */

import { bounds } from "../lib/geo.js";
import { Trouble } from "../lib/http.js";
import { readJson } from "../lib/messages.js";
import { canDraw } from "../map/maplibre.js";
import { troubleState } from "../widgets/trouble.js";
import { actionsOf, Keyboard } from "./actions.js";
import { Bar, showTotals } from "./bar.js";
import { Changes } from "./changes.js";
import { Edits } from "./edits.js";
import { Flow } from "./flow.js";
import { GridTable, numberOf } from "./grid-table.js";
import { Hand } from "./hand.js";
import { JobView } from "./jobs.js";
import { Loader } from "./loader.js";
import { News } from "./news.js";
import { showNotes } from "./notes.js";
import { planApi } from "./plan-api.js";
import { PlanDraw } from "./plan-draw.js";
import { PlanMap } from "./plan-map.js";
import { PlanState } from "./plan-state.js";
import { Presence } from "./presence.js";
import { Proposals } from "./proposals.js";
import { Rename } from "./rename.js";
import { Tools } from "./tools.js";
import { say } from "./words.js";

export default class PlanPage {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.config = readJson("planner-config");
    this.api = planApi(this.config.id);
    this.loader = new Loader(this.api);
    this.start();
  }

  async start() {
    const place = this.part("state");
    try {
      if (!canDraw()) throw new Trouble("refused", 0, say("map_failed"));
      const plan = await this.loader.plan((job) => new JobView(place, this.api, job, () => {}));
      const { grids, cells } = await this.loader.first(plan);
      place.hidden = true;
      this.build(plan, grids, cells);
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      place.replaceChildren(troubleState(trouble, () => { this.start(); }));
    }
  }

  build(plan, grids, cells) {
    // what is drawn, not all of a street of which a part has grids
    if (grids.length) plan.area.bbox = around(grids);
    this.state = new PlanState({ plan, cells, grids: grids.map(({ properties }) => properties) });
    this.map = new PlanMap(this.part("map"), { box: plan.area.bbox, labels: { "Map.Title": say("map_title") }, geometryOf: (cell) => this.state.index.cells.get(cell)?.geometry });
    this.draw = new PlanDraw(this.state, this.map, { resting: () => !this.tools.path.length && !this.edits.queue.length });
    this.table = new GridTable(this.part("table"), this.part("find").querySelector("input"), this.state, {
      choose: (grid) => this.state.choose(grid), fit: (grid) => this.draw.fit(grid), lock: (grid, on) => this.edit({ op: on ? "lock" : "unlock", grids: [grid] }),
      found: (n) => this.announce(say("found_grids", { n })),
    });
    this.news = new News(this);
    this.edits = new Edits({ api: this.api, state: this.state, draw: this.draw, table: this.table, page: this.news });
    this.rename = new Rename((grid, name) => this.edit({ op: "rename", grid, name }));
    this.tools = new Tools(this.state, this.map, this);
    this.bar = new Bar(this.part("bar"), this.state, { give: (grid) => this.tools.give(grid), cancel: () => this.tools.cancel() });
    this.changes = new Changes(this.part("panel-changes"), this.api, { show: (features) => this.map.set("changes", features), fit: (box) => this.map.fit(box) });
    this.proposals = new Proposals(this.part("panel-proposals"), this.api, this.state, {
      adopt: (id) => this.edit({ op: "adopt", adopt: id }), preview: (features) => this.map.set("ghost", features ?? []), fault: (reason) => this.news.showFault(reason),
    });
    this.flow = new Flow(this.part("panel-flow"), this.api, this.state, {
      changed: (next, step) => this.news.moved(next, step), reload: () => this.news.reread(), fault: (reason) => this.news.showFault(reason),
    });
    showNotes(this.part("notes"), plan.notes ?? [], (note) => this.news.showFault(note));
    this.map.map.once("load", () => this.drawn(grids, cells));
    this.wire();
  }

  async drawn(grids, cells) {
    this.hand = new Hand(this.map.map, {
      holds: () => this.holds(), press: (place) => { this.news.clearFault(); this.tools.press(place); }, move: (place) => this.tools.move(place),
      release: () => this.tools.release(), hover: (place) => this.hovered(place), cursor: (place, pressed) => this.cursor(place, pressed),
    });
    this.map.map.on("click", ({ lngLat: { lng, lat } }) => { if (!this.holds()) this.tools.pick([lng, lat]); });
    await Promise.all([this.draw.all(grids), this.draw.cells(cells)]);
    this.loader.follow(this.map.map, (features) => this.draw.cells(this.state.addCells(features)));
    this.map.map.once("idle", () => { this.root.dataset.ready = "true"; this.news.busy(0); });
    // who only looks holds no area
    if (this.state.editable) this.presence = new Presence(this.part("others"), this.api, { newer: (version) => this.news.newer(version), locks: (locks) => this.showLocks(locks), jobs: () => {} });
  }

  wire() {
    this.run = actionsOf(this);
    this.keyboard = new Keyboard(this.run);
    this.root.addEventListener("click", (event) => { const { action } = event.target.closest("[data-action]")?.dataset ?? {}; if (action) this.run[action]?.(); });
    this.state.addEventListener("taken", () => this.taken());
    this.state.addEventListener("active", () => this.showActive());
    this.part("between").addEventListener("change", ({ target }) => { this.tools.snap = !target.checked; });
    this.useTool("select");
    this.taken();
    this.openPanel("grids");
  }

  /** Presses belong to the tool in use; without one they move the map. */
  holds() {
    return this.tools.active !== "select" && this.state.editable;
  }

  hovered(place) {
    if (this.tools.active !== "select") this.tools.hover(place);
  }

  cursor(place, pressed) {
    this.map.over.cursor(place, pressed);
  }

  useTool(tool) {
    if (tool !== "select" && !this.state.editable) return;
    this.hand?.cancel();
    this.tools.use(tool);
    this.root.dataset.tool = tool;
    for (const button of this.root.querySelectorAll("[data-action^='tool:']")) button.setAttribute("aria-pressed", String(button.dataset.action === `tool:${tool}`));
  }

  openPanel(name) {
    if (this.panel === "changes" && name !== "changes") this.changes.close();
    this.panel = name;
    for (const tab of this.root.querySelectorAll("[role=tab]")) {
      const on = tab.dataset.panel === name;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      // on a narrow screen the tabs scroll: the one in use is in view, and the page stays where it is
      const row = tab.parentElement;
      if (on) row.scrollLeft += Math.max(0, tab.getBoundingClientRect().right - row.getBoundingClientRect().right);
      this.part(`panel-${tab.dataset.panel}`).hidden = !on;
    }
    ({ proposals: () => this.proposals.open(), changes: () => this.changes.open(), flow: () => this.flow.open() }[name] ?? (() => {}))();
  }

  edit(edit) {
    if (!this.state.editable) { this.hint("read_only", {}, true); return; }
    this.news.clearFault();
    this.edits.make(edit);
  }

  hint(name, facts = {}, bad = false) {
    this.bar.hint(say(name, facts), bad);
    if (bad) this.announce(say(name, facts));
  }

  trace(features) {
    this.map.over.draw(features);
  }

  refuse(name, place) {
    this.news.refuse(name, place);
  }

  // -- what is on the screen ----------------------------------------------------------------

  taken() {
    const { plan } = this.state;
    showTotals(this.part("totals"), { grids: this.state.grids, band: plan.band });
    this.part("badge").textContent = say(`state_${plan.state}`);
    this.part("badge").className = `badge badge--${{ draft: "info", submitted: "warn", approved: "ok", published: "ok" }[plan.state] ?? "neutral"}`;
    for (const [name, on] of [["undo", plan.undo > 0], ["redo", plan.redo > 0]]) this.root.querySelector(`[data-action=${name}]`).disabled = !on || !this.state.editable;
    for (const element of this.root.querySelectorAll("[data-edits]")) element.disabled = !this.state.editable;
    this.part("readonly").hidden = this.state.editable;
    this.showActive();
  }

  showActive() {
    const figures = this.state.grids.get(this.state.active);
    this.part("active").textContent = figures ? say("active_grid", { number: numberOf(figures) }) : say("active_none");
  }

  showLocks(locks) {
    const held = new Set(locks.filter(({ mine }) => !mine).map(({ community }) => community));
    const who = new Map(locks.map(({ community, by }) => [community, by]));
    const features = [...this.state.grids.values()].filter(({ community }) => held.has(community)).map(({ grid, community }) => ({ type: "Feature", id: grid, properties: { who: who.get(community) }, geometry: this.draw.shapes.get(grid) }));
    this.map.set("others", features.filter(({ geometry }) => geometry));
  }

  announce(text) {
    this.part("announce").textContent = text;
  }
}

/** The box of all grids: one by one, an engine takes only so many arguments at once. */
function around(grids) {
  return grids.map(({ geometry }) => bounds(geometry)).reduce(([w, s, e, n], box) => [Math.min(w, box[0]), Math.min(s, box[1]), Math.max(e, box[2]), Math.max(n, box[3])]);
}
