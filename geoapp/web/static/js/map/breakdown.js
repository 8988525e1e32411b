/* Counts per child region of the same query, above the list. */

import { ask } from "../lib/http.js";
import { troubleState } from "../widgets/trouble.js";
import { followQueryLink } from "./list-panel.js";
import { store, Store } from "./store.js";

export class Breakdown {
  constructor(root) {
    this.place = root.querySelector("[data-part=breakdown]");
    this.button = root.querySelector("[data-action=breakdown]");
    this.button.addEventListener("click", () => this.toggle());
    this.place.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-query-link]");
      if (link) followQueryLink(event, link);
    });
    store.addEventListener("change", ({ detail }) => { if (detail.queryChanged && !this.place.hidden) this.load(); });
  }

  toggle() {
    this.place.hidden = !this.place.hidden;
    this.button.setAttribute("aria-expanded", String(!this.place.hidden));
    if (!this.place.hidden) this.load();
  }

  async load() {
    const { register, query } = store.state;
    try {
      const html = await (await ask(Store.list(register, query, "/breakdown"))).text();
      window.htmx.swap(this.place, html, { swapStyle: "innerHTML" });
    } catch (trouble) {
      this.place.replaceChildren(troubleState(trouble, () => this.load()));
    }
  }
}
