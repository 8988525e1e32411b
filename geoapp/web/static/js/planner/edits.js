/* An edit from the hand to the figures: drawn at once, sent, replaced by the answer or taken back. The map comes last. */

import { EditQueue } from "./edit-queue.js";
import { bodyOf } from "./plan-api.js";
import { Trouble } from "../lib/http.js";

const PATIENCE_MS = 150; // a page nobody looks at has no frames

export class Edits {
  /** `page`: told of answered(answer), refused(trouble, edit), stale(trouble), busy(n). */
  constructor({ api, state, draw, table, page }) {
    Object.assign(this, { api, state, draw, table, page });
    this.timings = []; // milliseconds from the hand to: drawn, answered, figures, shapes; server: its own share
    this.queue = new EditQueue({
      send: (edit) => this.send(edit), done: (edit, answer) => this.done(edit, answer),
      failed: (edits, trouble) => this.failed(edits, trouble), changed: (n) => page.busy(n),
    });
  }

  /** Begin an edit; what it will probably do is on the screen in the next frame. */
  make(edit) {
    const began = performance.now();
    const guess = this.state.foresee(edit);
    this.draw.foresee(guess);
    for (const figures of guess.figures.values()) this.table.show(figures);
    const timing = { op: edit.op, drawn: performance.now() - began };
    this.queue.add({ ...edit, guess, began, timing });
  }

  send(edit) {
    const body = { version: this.state.plan.version, ...bodyOf(edit) };
    return edit.adopt ? this.api.post(`/proposals/${edit.adopt}/adopt`, { version: this.state.plan.version }) : this.api.post("/edits", body);
  }

  /** Figures first: they are on the screen in the next frame; the map's polygons follow when the map has them. */
  async done(edit, answer) {
    const { timing, began } = edit;
    Object.assign(timing, { server: answer.ms, answered: performance.now() - began });
    this.takeBack(edit, false);
    // those that wait were drawn on what was foreseen; the way back leads to what is
    for (const { guess } of this.queue.waiting) for (const [id, grid] of answer.cells) if (guess.from.has(id)) guess.from.set(id, grid);
    const features = answer.grids.features;
    this.state.take({
      plan: { version: answer.version, undo: answer.undo, redo: answer.redo, totals: answer.totals }, cells: answer.cells,
      grids: features.map(({ properties }) => properties), gone: answer.gone,
    });
    this.page.answered(edit, answer);
    await painted();
    timing.figures = performance.now() - began;
    await this.draw.some(features, answer.gone);
    await this.draw.seen();
    this.draw.settle(this.settled(edit));
    this.timings.push({ ...timing, shapes: performance.now() - began });
  }

  /** Cells of an edit that no later one has moved again. */
  settled({ guess }) {
    const later = [this.queue.busy, ...this.queue.waiting].filter(Boolean);
    return new Set([...guess.moved.keys()].filter((id) => !later.some((edit) => edit.guess.moved.has(id))));
  }

  failed(edits, trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    for (const edit of [...edits].reverse()) this.takeBack(edit, true);
    if (trouble.code === "stale") this.page.stale(trouble, edits);
    else this.page.refused(trouble, edits[0]);
  }

  /** The cells as they were before an edit was foreseen; `redraw` also on the screen. */
  takeBack({ guess }, redraw) {
    for (const [id, grid] of guess.from) if (redraw || this.state.gridOf.get(id) === guess.moved.get(id)) this.state.gridOf.set(id, grid);
    for (const grid of guess.figures.keys()) if (redraw || !this.state.grids.has(grid)) this.table.forget(grid);
    if (redraw) this.draw.settle(new Set(guess.moved.keys()));
  }
}

/** After the page has been painted as it is now: what is set in motion then does not hold the figures up. */
function painted() {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS);
    requestAnimationFrame(() => { setTimeout(resolve); });
  });
}
