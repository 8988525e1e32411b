/* The one holder of the map page's state. Parts listen to "change"; the address bar follows. */

import { canonical, formatState, parseState, sameQuery } from "../lib/query.js";
import { readJson } from "../lib/messages.js";

export class Store extends EventTarget {
  constructor(fallback, address = location, past = history) {
    super();
    this.fallback = fallback;
    this.address = address;
    this.past = past;
    this.state = parseState(address.search, fallback);
    addEventListener("popstate", () => this.take(parseState(this.address.search, fallback), "none"));
  }

  /** Change part of the state. `how`: "push" makes a step for the back button, "replace" none. */
  update(patch, how = "push") {
    this.take({ ...this.state, ...patch }, how);
  }

  take(state, how) {
    const before = this.state;
    this.state = state;
    const target = this.address.pathname + formatState(state, this.fallback);
    if (how === "push" && target !== this.address.pathname + this.address.search) this.past.pushState(null, "", target);
    if (how === "replace") this.past.replaceState(null, "", target);
    const detail = { state, before, queryChanged: !sameQuery(state, before), fromHistory: how === "none" };
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }

  /** Address of a part of the server for the present query: listAddress("houses", "", state). */
  static list(register, query, ending = "") {
    const text = canonical(query);
    return `/registers/${register}${ending}${text ? `?${text}` : ""}`;
  }
}

export const store = new Store(readJson("map-config").register);
