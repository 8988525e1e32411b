/* The list of the query: fetched anew on every change, the running request given up. */

import { ask } from "../lib/http.js";
import { readListLink } from "../lib/query.js";
import { troubleState } from "../widgets/trouble.js";
import { store, Store } from "./store.js";

export class ListPanel extends EventTarget {
  constructor(slot, progress) {
    super();
    this.slot = slot;
    this.progress = progress;
    this.running = null;
    this.failed = false;
    slot.addEventListener("click", (event) => this.click(event));
  }

  /** Fetch the first page of the present query. */
  load() {
    const { register, query } = store.state;
    return this.fetch(Store.list(register, query));
  }

  async fetch(address) {
    this.running?.abort();
    const control = new AbortController();
    this.running = control;
    const done = this.progress.begin();
    this.slot.setAttribute("aria-busy", "true");
    try {
      const response = await ask(address, { signal: control.signal });
      this.put(await response.text());
      this.failed = false;
    } catch (trouble) {
      if (trouble.name === "AbortError") return;
      this.fail(trouble, address);
    } finally {
      done();
      if (this.running === control) this.slot.setAttribute("aria-busy", "false");
    }
  }

  put(html) {
    window.htmx.swap(this.slot, html, { swapStyle: "innerHTML" });
    this.slot.querySelector(".list__frame")?.scrollTo(0, 0);
    this.slot.closest(".panel").scrollTo(0, 0);
    this.dispatchEvent(new CustomEvent("loaded", { detail: this.facts() }));
  }

  fail(trouble, address) {
    this.failed = true;
    this.slot.replaceChildren(troubleState(trouble, () => this.fetch(address)));
    this.dispatchEvent(new CustomEvent("failed", { detail: trouble }));
  }

  /** What the list says about itself, in words; `rows` is false where areas are counted in its place. */
  facts() {
    const list = this.slot.querySelector(".list");
    const said = list ?? this.slot.querySelector(".counts");
    const text = (selector) => [...(said?.querySelectorAll(selector) ?? [])].map((part) => part.textContent.trim()).join(" · ");
    return { rows: Boolean(list), count: text(".list__count"), formats: (list?.dataset.formats ?? "").split(" "), note: text(".list__sentence, .tally") };
  }

  click(event) {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.matches("[data-page-link]")) {
      event.preventDefault();
      this.fetch(link.href);
    } else if (link.matches("[data-query-link]")) {
      followQueryLink(event, link);
    }
  }
}

/** A link to another list changes the query in place; true where it was one. */
export function followQueryLink(event, link) {
  const asked = readListLink(link.href, location.href);
  if (!asked) return false;
  event.preventDefault();
  store.update(asked);
  return true;
}
