/* Watches over the session: warns before it ends, keeps it while somebody works, clears the page at its end. */

import { csrfHeader } from "../lib/http.js";
import { clockOf, leavePage, nextStep, openTabs } from "../lib/session.js";

const TELL_EVERY_MS = 60_000;
const SIGNS = ["pointerdown", "keydown", "wheel", "touchmove"];

export default class SessionWatch {
  /** A <dialog> with data-left, data-most (seconds), data-mark, data-warning (seconds). */
  constructor(dialog) {
    this.dialog = dialog;
    this.mark = dialog.dataset.mark;
    this.warning = Number(dialog.dataset.warning);
    this.tabs = openTabs();
    this.tabs.addEventListener("message", ({ data }) => (data.ended ? leavePage() : this.take(data)));
    this.activeAt = 0;
    this.take({ left: Number(dialog.dataset.left), most: Number(dialog.dataset.most), mark: this.mark });
    for (const sign of SIGNS) addEventListener(sign, () => { if (!dialog.open) this.activeAt = Date.now(); }, { capture: true, passive: true });
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); this.stay(); });
    dialog.querySelector("[data-part=stay]").addEventListener("click", () => this.stay());
    for (const form of document.querySelectorAll("form[action='/sign-out']")) form.addEventListener("submit", () => this.tabs.postMessage({ ended: true }));
    addEventListener("pagehide", (event) => { if (event.persisted) document.documentElement.hidden = true; });
    addEventListener("pageshow", (event) => { if (event.persisted) this.stay().then(() => { document.documentElement.hidden = false; }); });
    addEventListener("visibilitychange", () => this.look());
    setInterval(() => this.look(), 1000);
  }

  take({ left, most, mark }) {
    // the page shows what another session, role or area was allowed to see
    if (mark !== this.mark) { document.documentElement.hidden = true; location.reload(); return; }
    this.toldAt = Date.now();
    this.endsAt = this.toldAt + left * 1000;
    this.last = left >= most;
    if (left > this.warning) this.dialog.close();
  }

  look() {
    const now = Date.now();
    const step = nextStep(now, { ...this, tellEvery: TELL_EVERY_MS });
    if (step === "end") this.end();
    if (step === "tell") this.stay();
    if (step !== "warn") return;
    this.dialog.querySelector("[data-part=left]").textContent = clockOf((this.endsAt - now) / 1000);
    this.dialog.querySelector("[data-part=stay]").hidden = this.last;
    this.dialog.querySelector("[data-part=last]").hidden = !this.last;
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** Tell the server that somebody is here; it says how long the session lives from now on. */
  async stay() {
    this.toldAt = Date.now();
    const response = await fetch("/account/here", { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null);
    if (response === null) return; // no network: the clock here goes on
    if (response.status === 401) { this.end(); return; }
    if (!response.ok) return;
    const facts = await response.json();
    this.tabs.postMessage(facts);
    this.take(facts);
  }

  /** Also where the server would still wait, as under a map that draws itself anew on a screen. */
  end() {
    if (this.ended) return;
    this.ended = true;
    document.documentElement.hidden = true;
    this.tabs.postMessage({ ended: true });
    const out = fetch("/sign-out", { method: "POST", headers: csrfHeader(), redirect: "manual" }).catch(() => null);
    out.then(leavePage);
  }
}
