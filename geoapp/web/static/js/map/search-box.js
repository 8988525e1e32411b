/* The search box as a combobox over the grouped results the server sends. */

import { moved } from "../lib/keys.js";

export default class SearchBox {
  constructor(element) {
    this.element = element;
    this.input = element.querySelector("input[type=search]");
    this.results = element.querySelector("#search-results");
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.results.addEventListener("click", (event) => this.click(event));
    this.results.addEventListener("htmx:afterSwap", () => this.mark());
    this.input.addEventListener("input", () => { if (this.input.value.trim() === "") this.close(); });
    this.input.addEventListener("focus", () => this.reopen());
    document.addEventListener("pointerdown", (event) => { if (!element.contains(event.target)) this.close(); });
  }

  options() {
    return [...this.results.querySelectorAll("[role=option]")];
  }

  mark() {
    const open = this.results.childElementCount > 0 && !this.results.hidden;
    this.input.setAttribute("aria-expanded", String(open));
    this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const options = this.options();
    const index = options.findIndex((option) => option.ariaSelected === "true");
    if (event.key === "Escape") {
      if (!this.results.childElementCount && !this.input.value) return;
      event.preventDefault();
      event.stopPropagation();
      this.input.value = "";
      this.close();
    } else if (event.key === "Enter" && index >= 0) {
      event.preventDefault();
      options[index].click();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && options.length) {
      event.preventDefault();
      this.select(options, moved(event.key, index, options.length));
    }
  }

  select(options, index) {
    options.forEach((option, i) => { option.ariaSelected = String(i === index); });
    options[index].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", options[index].id);
  }

  click(event) {
    const option = event.target.closest("[role=option]");
    if (!option || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.close();
    this.element.dispatchEvent(new CustomEvent("geoapp:found", { bubbles: true, detail: { ...option.dataset } }));
  }

  close() {
    this.results.hidden = true;
    if (this.input.value.trim() === "") this.results.replaceChildren();
    this.mark();
  }

  reopen() {
    this.results.hidden = false;
    this.mark();
  }
}
