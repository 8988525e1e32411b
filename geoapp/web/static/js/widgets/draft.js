/*
 * Keeps what is typed into the form around this element until it is saved: over a reload, a lost connection
 * or a closed tab. The token of the form is kept too, so that a save that arrived unseen is not made twice.
 */

import { csrfHeader } from "../lib/http.js";
import { open, placeOf, seal, valuesOf } from "../lib/drafts.js";

const WAIT_MS = 300;

export default class Draft {
  constructor(element) {
    this.element = element;
    this.form = element.closest("form");
    this.session = Object.values(csrfHeader())[0] || "";
    if (!globalThis.crypto?.subtle || !this.session) return; // only over https, or on this machine
    this.place = placeOf(this.form.getAttribute("action"), this.form.elements.house?.value);
    element.querySelector("button").addEventListener("click", () => { this.forget(); location.reload(); });
    this.form.addEventListener("input", () => this.soon());
    this.form.addEventListener("change", () => this.soon());
    this.form.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.xhr?.getResponseHeader("HX-Location")) this.forget(); });
    if (!this.form.querySelector("[role=alert]")) this.restore();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), WAIT_MS);
  }

  async keep() {
    localStorage.setItem(this.place, await seal(valuesOf(new FormData(this.form)), this.session));
  }

  async restore() {
    const kept = localStorage.getItem(this.place);
    const pairs = kept && (await open(kept, this.session));
    if (!pairs) { this.forget(); return; }
    for (const [name, value] of pairs) this.fill(name, value);
    this.element.hidden = false;
    this.form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  fill(name, value) {
    for (const input of this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (["radio", "checkbox"].includes(input.type)) input.checked = input.checked || input.value === value;
      else input.value = value;
    }
  }

  forget() {
    clearTimeout(this.timer);
    localStorage.removeItem(this.place);
  }
}
