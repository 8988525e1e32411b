/* The name of a grid, asked for in a dialog. */

import { numberOf } from "./grid-table.js";
import { say } from "./words.js";

export class Rename {
  /** `run(grid, name)` follows when another name was given; an empty one takes it away. */
  constructor(run) {
    this.dialog = document.getElementById("plan-rename");
    this.field = this.dialog.querySelector("[name=name]");
    this.dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.field.value.trim();
      this.dialog.close();
      if (name !== (this.grid.name ?? "")) run(this.grid.grid, name);
    });
  }

  ask(grid) {
    this.grid = grid;
    this.dialog.querySelector("[data-part=which]").textContent = say("grid_n", { number: numberOf(grid) });
    this.field.value = grid.name ?? "";
    this.dialog.showModal();
    this.field.select();
  }
}
