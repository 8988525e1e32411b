/* The units of a building by keyboard: one stop for Tab, arrow keys inside, Enter opens the link. */

import { moveTo } from "../lib/grid-moves.js";

export default class UnitGrid {
  constructor(root) {
    this.root = root;
    root.addEventListener("keydown", (event) => this.key(event));
    root.addEventListener("focusin", ({ target }) => this.mark(target.closest("[role=grid] a")));
    this.mark(root.querySelector("[role=grid] a[href^='/houses/']:not(.unit--add)") ?? root.querySelector("[role=grid] a"));
    for (const link of root.querySelectorAll(".units__apart a")) link.tabIndex = 0;
  }

  /** [table][row][column] of links, null where nothing can be focused. */
  links() {
    return [...this.root.querySelectorAll("[role=grid]")].map((table) =>
      [...table.rows].map((row) => [...row.querySelectorAll("[role=gridcell]")].map((cell) => cell.querySelector("a"))));
  }

  key(event) {
    const link = event.target.closest("[role=grid] a");
    if (!link || event.altKey || event.metaKey) return;
    const links = this.links();
    const at = placeOf(links, link);
    const to = moveTo(links.map((table) => table.map((row) => row.map(Boolean))), at, event.key, event.ctrlKey);
    if (!to) return;
    event.preventDefault();
    event.stopPropagation(); // the map page has keys of its own
    links[to.table][to.row][to.column].focus();
  }

  mark(link) {
    if (!link) return;
    for (const other of this.root.querySelectorAll("[role=grid] a[tabindex='0']")) other.tabIndex = -1;
    link.tabIndex = 0;
  }
}

function placeOf(links, wanted) {
  for (const [table, rows] of links.entries()) {
    for (const [row, cells] of rows.entries()) {
      const column = cells.indexOf(wanted);
      if (column >= 0) return { table, row, column };
    }
  }
  return null;
}
