/* One record beside the map: opened from list, map or search, closed by its button, Escape or the back button. */

import { ask } from "../lib/http.js";
import { troubleState } from "../widgets/trouble.js";
import { followQueryLink } from "./list-panel.js";
import { placeOf } from "./highlight.js";
import { store } from "./store.js";

const OWN_PAGES = { buildings: "buildings", houses: "houses" };

export class DetailPanel extends EventTarget {
  constructor(root, progress) {
    super();
    this.panel = root.querySelector("[data-part=detail]");
    this.slot = root.querySelector("[data-part=detail-slot]");
    this.page = root.querySelector("[data-part=detail-page]");
    this.progress = progress;
    this.running = null;
    this.shown = null;
    this.slot.addEventListener("click", (event) => this.click(event));
    this.slot.addEventListener("geoapp:go", (event) => this.go(event));
    this.slot.addEventListener("htmx:afterSettle", () => { if (this.shown) this.tell(); });
    this.slot.addEventListener("htmx:afterRequest", ({ detail }) => {
      if (detail.successful && detail.requestConfig.verb !== "get") this.dispatchEvent(new CustomEvent("changed"));
    });
  }

  /** Show {register, id}, or nothing; `focus` moves the keyboard to its title. */
  async show(selected, focus = false) {
    this.running?.abort();
    this.panel.hidden = !selected;
    if (!selected) {
      this.shown = null;
      this.slot.replaceChildren();
      return;
    }
    const control = new AbortController();
    this.running = control;
    const address = `/registers/${selected.register}/${selected.id}`;
    this.page.href = OWN_PAGES[selected.register] ? `/${OWN_PAGES[selected.register]}/${selected.id}` : address;
    const done = this.progress.begin();
    this.slot.setAttribute("aria-busy", "true");
    try {
      const html = await (await ask(address, { signal: control.signal })).text();
      this.put(html, selected, focus);
    } catch (trouble) {
      if (trouble.name !== "AbortError") this.slot.replaceChildren(troubleState(trouble, () => this.show(selected, focus)));
    } finally {
      done();
      if (this.running === control) this.slot.setAttribute("aria-busy", "false");
    }
  }

  put(html, selected, focus) {
    window.htmx.swap(this.slot, html, { swapStyle: "innerHTML" });
    this.slot.scrollTo(0, 0);
    this.shown = selected;
    const title = this.slot.querySelector("h1, h2");
    if (focus && title) {
      title.tabIndex = -1;
      title.focus({ preventScroll: true });
    }
    this.tell();
  }

  /** What is shown now and where it lies; also after a form changed it in place. */
  tell() {
    const located = this.slot.querySelector("[data-lon]");
    const label = this.slot.querySelector("h1, h2")?.textContent.trim() ?? "";
    this.dispatchEvent(new CustomEvent("loaded", { detail: { selected: this.shown, place: located ? placeOf(located) : null, label } }));
  }

  /** A form was saved and the server names the record to show. */
  go(event) {
    const record = recordOf(event.detail.url);
    if (!record) return;
    event.preventDefault();
    this.dispatchEvent(new CustomEvent("changed"));
    if (this.shown && record.register === this.shown.register && record.id === this.shown.id) this.show(record, true);
    else store.update({ selected: record });
  }

  click(event) {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const record = recordOf(link.getAttribute("href"));
    if (record && !link.matches("[data-leave]")) {
      event.preventDefault();
      store.update({ selected: record });
    } else if (link.matches("[data-query-link]")) {
      if (followQueryLink(event, link)) store.update({ selected: null }, "replace");
    }
  }
}

/** {register, id} of a link to one record ("/registers/houses/12", "/buildings/7"), or null. */
export function recordOf(href) {
  const match = /^\/(?:registers\/)?([a-z][a-z0-9_-]*)\/([0-9]{1,18})$/.exec(href || "");
  return match ? { register: match[1], id: match[2] } : null;
}
