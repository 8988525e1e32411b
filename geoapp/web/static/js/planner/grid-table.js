/* The table of grids: live figures, sortable, moved through by arrows; the active grid is the chosen row. */

import { moved } from "../lib/keys.js";
import { classOf, signText } from "./bands.js";
import { RowWindow } from "./row-window.js";
import { count, decimal, hectares, icon, make, say } from "./words.js";

const COLUMNS = ["number", "households", "deviation", "residents", "sites", "workers", "work", "area", "compactness", "parts"];
const FEW = 20; // nobody needs to search among these

export class GridTable {
  /** `element`: the <table>; `find`: the field above it; `run`: {choose(grid), lock(grid, on), fit(grid), found(n)}. */
  constructor(element, find, state, run) {
    Object.assign(this, { element, find, state, run, sort: { by: "number", down: false } });
    this.body = element.tBodies[0];
    this.communities = new Map(state.plan.communities.map(({ key, name }) => [key, name]));
    this.window = new RowWindow(this.body, element.parentElement, (grid) => this.row(this.figures.get(grid)));
    this.figures = new Map(state.grids); // with what is foreseen
    element.tHead.addEventListener("click", (event) => this.sortBy(event.target.closest("[data-sort]")?.dataset.sort));
    this.body.addEventListener("click", (event) => this.click(event));
    this.body.addEventListener("keydown", (event) => this.key(event));
    find.addEventListener("input", () => this.search());
    find.addEventListener("keydown", (event) => this.searchKey(event));
    find.closest("[data-part=find]").hidden = state.grids.size <= FEW;
    state.addEventListener("taken", ({ detail }) => this.update(detail.grids, detail.gone));
    state.addEventListener("active", ({ detail }) => this.mark(detail));
    this.order();
  }

  /** Some grids changed. The order stays while numbers are worked on, so that no row runs away from the eye. */
  update(grids, gone = []) {
    for (const grid of gone) this.figures.delete(grid);
    const fresh = grids.some((grid) => !this.figures.has(grid));
    for (const grid of grids) {
      this.figures.set(grid, this.state.grids.get(grid));
      this.window.renew(grid);
    }
    if (fresh) this.order();
    else if (gone.length) this.window.set(this.window.ids.filter((grid) => this.figures.has(grid)));
  }

  /** Figures of one grid; those foreseen are marked until the server's are there. */
  show(figures) {
    const fresh = !this.figures.has(figures.grid);
    this.figures.set(figures.grid, figures);
    if (fresh) this.window.set([...this.window.ids, figures.grid]);
    else this.window.renew(figures.grid);
  }

  /** Grids that were only foreseen and did not come. */
  forget(grid) {
    if (this.state.grids.has(grid)) this.show(this.state.grids.get(grid));
    else {
      this.figures.delete(grid);
      this.window.set(this.window.ids.filter((one) => one !== grid));
    }
  }

  row(figures) {
    const kind = classOf(figures, this.state.plan.band);
    const active = figures.grid === this.state.active;
    const row = make("tr", figures.guess ? "grid-row grid-row--guess" : "grid-row", null, { "data-grid": figures.grid, "data-class": kind, "aria-selected": String(active), tabindex: active ? "0" : "-1" });
    const head = make("th", "", null, { scope: "row" });
    head.append(make("span", "grid-row__swatch", null, { "data-class": kind, "aria-hidden": "true" }), make("span", "grid-row__number", numberOf(figures)));
    if (ownName(figures)) head.append(make("small", "grid-row__name", figures.name, { title: figures.name }));
    if (this.communities.size > 1) head.append(make("small", "", this.communities.get(figures.community) ?? ""));
    if (figures.dedicated) head.append(make("span", "badge badge--info", say("dedicated")));
    row.append(head, ...this.cells(figures, kind), this.lockCell(figures));
    return row;
  }

  cells(figures, kind) {
    const { low, high } = this.state.plan.band;
    const number = (text, className = "num") => make("td", className, text);
    const later = (text) => number(figures.guess ? "…" : text);
    const off = number(signText(figures), `num grid-row__off grid-row__off--${kind}`);
    off.title = figures.dedicated ? say("dedicated_free") : figures.deviation === 0 ? say("in_band", { low, high }) : say(figures.deviation < 0 ? "under_band" : "over_band", { n: Math.abs(figures.deviation), low, high });
    if (figures.reason) off.title += `\n${figures.reason}`;
    const pieces = figures.parts > 1 ? number(say("pieces_n", { n: figures.parts }), "num grid-row__bad") : later(say("one_piece"));
    return [number(count(figures.households)), off, later(count(figures.residents)), number(count(figures.sites)), later(count(figures.workers)), later(count(figures.work)), later(hectares(figures.area)), later(decimal(figures.compactness)), pieces];
  }

  lockCell(figures) {
    const cell = make("td", "grid-row__tools");
    const label = say(figures.locked ? "unlock_grid" : "lock_grid", { number: numberOf(figures) });
    const button = make("button", "btn btn--icon", null, { type: "button", "data-do": "lock", "aria-pressed": String(Boolean(figures.locked)), "aria-label": label, title: label, tabindex: "-1" });
    button.append(icon(figures.locked ? "lock" : "unlock"));
    button.disabled = !this.state.editable || Boolean(figures.guess);
    cell.append(button);
    return cell;
  }

  click(event) {
    const row = event.target.closest("tr[data-grid]");
    if (!row) return;
    const grid = Number(row.dataset.grid);
    if (event.target.closest("[data-do=lock]")) this.run.lock(grid, !this.state.grids.get(grid).locked);
    else { this.run.choose(grid); if (event.detail > 1) this.run.fit(grid); }
  }

  key(event) {
    const row = event.target.closest("tr[data-grid]");
    if (!row || event.target !== row) return;
    const { ids, at } = this.window;
    const grid = Number(row.dataset.grid);
    const to = moved(event.key, at.get(grid), ids.length);
    if (to !== null) { this.window.reveal(ids[to]).focus(); this.run.choose(ids[to]); }
    else if (event.key === "Enter") this.run.fit(grid);
    else return;
    event.preventDefault();
  }

  mark({ before, grid }) {
    for (const [number, on] of [[before, false], [grid, true]]) {
      const row = on ? this.window.reveal(number) : this.window.rows.get(number);
      row?.setAttribute("aria-selected", String(on));
      if (row) row.tabIndex = on ? 0 : -1;
    }
    this.keepDoor();
  }

  /** One row can always be reached by Tab. */
  keepDoor() {
    if (this.body.querySelector("tr[tabindex='0']")) return;
    const [first] = this.window.rows.values();
    if (first) first.tabIndex = 0;
  }

  focus() {
    this.window.reveal(this.state.active);
    this.keepDoor();
    this.body.querySelector("tr[tabindex='0']")?.focus();
  }

  // -- order and search ---------------------------------------------------------------------

  /** Rows whose number, name or community has what is written. */
  search() {
    this.order();
    this.run.found(this.window.ids.length);
  }

  searchKey(event) {
    const [first] = this.window.ids;
    if (event.key === "Escape" && this.find.value) { this.find.value = ""; this.search(); }
    else if (["Enter", "ArrowDown"].includes(event.key) && first !== undefined) { this.run.choose(first); this.window.reveal(first).focus(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  matches(figures) {
    const words = this.find.value.trim().toLowerCase();
    return !words || [numberOf(figures), figures.name, this.communities.get(figures.community)].some((text) => text?.toLowerCase().includes(words));
  }

  sortBy(column) {
    if (!COLUMNS.includes(column)) return;
    this.sort = { by: column, down: this.sort.by === column ? !this.sort.down : column !== "number" };
    this.order();
  }

  order() {
    const { by, down } = this.sort;
    const value = (grid) => { const f = this.figures.get(grid); return by === "number" ? f.community * 1000 + (f.rank ?? 900 + (f.grid % 100)) : by === "deviation" ? (f.dedicated ? 0 : Math.abs(f.deviation)) : f[by] ?? -1; };
    const found = [...this.figures.values()].filter((figures) => this.matches(figures)).map(({ grid }) => [value(grid), grid]);
    this.window.set(found.sort(([a], [b]) => (down ? b - a : a - b)).map(([, grid]) => grid));
    this.element.setAttribute("aria-rowcount", String(found.length + 1));
    for (const head of this.element.tHead.querySelectorAll("[data-sort]")) {
      head.closest("th").setAttribute("aria-sort", head.dataset.sort === by ? (down ? "descending" : "ascending") : "none");
    }
    this.keepDoor();
  }
}

/** A name that says more than the number: 第3网格 does not. */
export function ownName({ name }) {
  return name && !/^第\s*\d+\s*网格$/.test(name) ? name : null;
}

/** Number of a grid as people say it: three digits in its community, or a mark for one not numbered yet. */
export function numberOf({ rank, grid }) {
  return rank ? String(rank).padStart(3, "0") : grid < 0 ? say("coming") : say("new_grid", { n: grid + 1 });
}
