/* What the server says about edits, said on the screen: done, refused at its place, come too late, changed by others. */

import { showToast } from "../widgets/toasts.js";
import { sentence, tellTrouble } from "../widgets/trouble.js";
import { Callout } from "./callout.js";
import { numberOf } from "./grid-table.js";
import { say } from "./words.js";

export class News {
  constructor(page) {
    this.page = page;
    this.callout = new Callout(page.part("callout"), page.map.map);
  }

  answered(edit, answer) {
    const left = answer.grids.features.map(({ properties }) => `${numberOf(properties)}: ${properties.households}`).slice(0, 4).join(say("list_sign"));
    this.page.announce(say("done_edit", { what: say(`kind_${answer.kind ?? edit.op}`), grids: left }));
    if (answer.through) this.showFault({ description: say("cut_around", { n: answer.through.buildings }), at: answer.through.at });
    if (edit.op === "adopt") this.page.proposals.open();
  }

  refused(trouble, edit) {
    if (trouble.kind === "session") { tellTrouble("session"); return; }
    if (trouble.code === "no_change" && edit?.op === "renumber") { this.page.hint("numbered_already", {}, true); return; }
    const text = sentence(trouble.kind, { status: trouble.status, message: trouble.detail });
    this.showFault({ description: text, cells: trouble.cells ?? [], at: trouble.at });
    if (edit?.op === "adopt") this.page.proposals.failed(trouble);
  }

  /** A refusal of our own, before anything is sent. */
  refuse(name, place) {
    this.showFault({ description: say(name), at: { type: "Point", coordinates: place } });
  }

  showFault({ description, cells = [], at = null }) {
    const place = this.page.draw.fault({ cells, at });
    this.callout.show(place, description);
    this.page.bar.hint(description, true);
    this.page.announce(description);
    if (place && !this.page.map.map.getBounds().contains(place)) this.page.map.map.easeTo({ center: place, animate: !this.page.map.still });
  }

  clearFault() {
    this.callout.hide();
    this.page.draw.clearFault();
    this.page.bar.hint(say(`hint_${this.page.tools.active}`));
  }

  stale(trouble) {
    const dialog = document.getElementById("plan-stale");
    dialog.querySelector("[data-part=log]").replaceChildren(...(trouble.since?.log ?? []).map(({ kind, by }) => Object.assign(document.createElement("li"), { textContent: `${by} · ${say(`kind_${kind}`)}` })));
    dialog.querySelector("[data-part=explain]").textContent = trouble.detail;
    dialog.showModal();
    this.catchUp(trouble.since);
  }

  async newer(version) {
    if (version <= this.page.state.plan.version || this.page.edits.queue.length) return;
    await this.catchUp(await this.page.api.get(`/since?version=${this.page.state.plan.version}`).catch(() => null));
    showToast(say("caught_up"));
  }

  async catchUp(since) {
    if (!since) return;
    const { features } = since.grids;
    this.page.state.take({ plan: { version: since.version, undo: since.undo, redo: since.redo }, cells: since.cells, grids: features.map(({ properties }) => properties), gone: since.gone });
    await this.page.draw.some(features, since.gone);
  }

  async moved(plan, step) {
    if (step === "discard") { location.assign("/planner"); return; }
    this.page.state.take({ plan });
    this.page.useTool("select");
  }

  /** The plan's own facts anew, after a step taken elsewhere. */
  async reread() {
    await this.moved(await this.page.api.get());
    this.page.openPanel("flow");
  }

  busy(n) {
    this.page.part("saving").hidden = n === 0;
    this.page.root.setAttribute("aria-busy", String(n > 0));
  }
}
