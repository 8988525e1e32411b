/* The region tree: one level at a time, moved through by arrow keys as the ARIA pattern has it. */

import { ask, Trouble } from "../lib/http.js";
import { treeStep } from "../lib/tree.js";
import { valueOf, withValue } from "../lib/query.js";
import { tellTrouble } from "../widgets/trouble.js";
import { store } from "./store.js";

export default class RegionTree {
  constructor(element) {
    this.element = element;
    element.addEventListener("click", (event) => this.click(event));
    element.addEventListener("keydown", (event) => this.key(event));
    store.addEventListener("change", () => this.mark());
    this.tabStop(element.querySelector("[role=treeitem]"));
    this.mark();
    this.openOnly();
  }

  /** One top region: show its children at once. */
  openOnly() {
    const tops = this.element.querySelectorAll(":scope > ul > [role=treeitem]");
    if (tops.length === 1 && tops[0].ariaExpanded === "false") this.open(tops[0]);
  }

  click(event) {
    const node = event.target.closest("[role=treeitem]");
    if (!node) return;
    this.tabStop(node);
    node.focus();
    if (event.target.closest(".tree__twist") && node.ariaExpanded) this.turn(node);
    else this.choose(node);
  }

  turn(node) {
    if (node.ariaExpanded === "true") node.ariaExpanded = "false";
    else this.open(node);
    this.fold(node);
  }

  fold(node) {
    const group = node.querySelector(":scope > ul");
    if (group) group.hidden = node.ariaExpanded !== "true";
  }

  async open(node) {
    node.ariaExpanded = "true";
    if (!node.querySelector(":scope > ul")) await this.load(node);
    this.fold(node);
  }

  async load(node) {
    const wait = Object.assign(document.createElement("p"), { className: "tree__wait", textContent: this.element.dataset.loading });
    node.append(wait);
    node.setAttribute("aria-busy", "true");
    try {
      const html = await (await ask(`/regions/tree?parent=${encodeURIComponent(node.dataset.code)}`)).text();
      wait.insertAdjacentHTML("afterend", html);
      this.mark();
    } catch (trouble) {
      node.ariaExpanded = "false";
      if (!(trouble instanceof Trouble)) throw trouble;
      tellTrouble(trouble.kind, { status: trouble.status, message: trouble.detail || this.element.dataset.failed });
    } finally {
      wait.remove();
      node.removeAttribute("aria-busy");
    }
  }

  /** The list and the map show this region, or all again where it was chosen already. */
  choose(node) {
    const { query } = store.state;
    const same = valueOf(query, "region") === node.dataset.code;
    store.update({ query: withValue(query, "region", ...(same ? [] : [node.dataset.code])) });
  }

  key(event) {
    const node = event.target.closest("[role=treeitem]");
    if (!node) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(node);
      return;
    }
    const seen = [...this.element.querySelectorAll("[role=treeitem]")].filter((n) => n.offsetParent !== null);
    const step = treeStep(event.key, { index: seen.indexOf(node), count: seen.length, expanded: node.ariaExpanded });
    if (!step) return;
    event.preventDefault();
    if (step.turn) this.turn(node);
    const to = step.parent ? node.parentElement.closest("[role=treeitem]") : seen[step.to];
    if (to) {
      this.tabStop(to);
      to.focus();
    }
  }

  tabStop(node) {
    if (!node) return;
    for (const other of this.element.querySelectorAll("[role=treeitem][tabindex='0']")) other.tabIndex = -1;
    node.tabIndex = 0;
  }

  mark() {
    const code = valueOf(store.state.query, "region");
    for (const node of this.element.querySelectorAll("[role=treeitem]")) node.ariaSelected = String(node.dataset.code === code);
  }
}
