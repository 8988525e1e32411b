/* Rows of a list: one stop for the Tab key, arrows move, Enter opens, a click anywhere on the row opens. */

import { moved } from "../lib/keys.js";

export default class ListRows {
  constructor(body) {
    this.body = body;
    this.links = [...body.querySelectorAll(".row__link")];
    this.links.forEach((link, i) => { link.tabIndex = i === 0 ? 0 : -1; });
    body.addEventListener("keydown", (event) => this.key(event));
    body.addEventListener("click", (event) => this.click(event));
    body.addEventListener("focusin", (event) => this.keep(event.target));
  }

  key(event) {
    const index = this.links.indexOf(event.target);
    if (index < 0) return;
    const to = moved(event.key, index, this.links.length);
    if (to === null) return;
    event.preventDefault();
    this.links[to].focus();
    this.links[to].closest(".row").scrollIntoView({ block: "nearest" });
  }

  keep(target) {
    if (!this.links.includes(target)) return;
    for (const link of this.links) link.tabIndex = link === target ? 0 : -1;
  }

  click(event) {
    if (event.target.closest("a, button") || getSelection().toString()) return;
    event.target.closest(".row")?.querySelector(".row__link").click();
  }
}
