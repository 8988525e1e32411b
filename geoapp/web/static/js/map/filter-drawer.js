/* The filter form of the shown register, over the list. */

import { ask } from "../lib/http.js";
import { withFilter } from "../lib/query.js";
import { troubleState } from "../widgets/trouble.js";
import { store, Store } from "./store.js";

export class FilterDrawer {
  constructor(root) {
    this.drawer = root.querySelector("[data-part=filter]");
    this.button = root.querySelector("[data-action=filter]");
    this.button.addEventListener("click", () => this.toggle());
    this.drawer.addEventListener("click", ({ target }) => { if (target.closest("[data-close-filter]")) this.close(); });
    this.drawer.addEventListener("geoapp:filter", (event) => this.apply(event));
    this.drawer.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    store.addEventListener("change", ({ detail }) => { if (detail.queryChanged && !this.drawer.hidden) this.load(); });
  }

  /** Whether there is a list to filter: areas that are counted are not. */
  offer(there) {
    this.button.hidden = !there;
    if (!there) this.drawer.hidden = true;
  }

  toggle() {
    if (this.button.hidden) return;
    if (this.drawer.hidden) this.open();
    else this.close();
  }

  async open() {
    this.drawer.hidden = false;
    this.drawer.dispatchEvent(new CustomEvent("geoapp:opened", { bubbles: true }));
    this.button.setAttribute("aria-expanded", "true");
    await this.load();
    this.drawer.querySelector("input:not([type=hidden])")?.focus();
  }

  close() {
    if (this.drawer.hidden) return;
    this.drawer.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.button.focus();
  }

  async load() {
    const { register, query } = store.state;
    try {
      const html = await (await ask(Store.list(register, query, "/filter"))).text();
      window.htmx.swap(this.drawer, html, { swapStyle: "innerHTML" });
    } catch (trouble) {
      this.drawer.replaceChildren(troubleState(trouble, () => this.load()));
    }
  }

  apply(event) {
    event.preventDefault();
    this.close();
    store.update({ query: withFilter(store.state.query, event.detail.entries) });
  }
}
