/* Which panels are open: side and list by their buttons, the record's width, tools on a phone. */

import { showToast } from "../widgets/toasts.js";
import { say } from "./say.js";

export class Panels {
  constructor(root) {
    this.root = root;
    const on = (action, run) => root.querySelector(`[data-action=${action}]`).addEventListener("click", run);
    on("toggle-side", () => this.toggle("side"));
    on("toggle-list", () => this.toggle("list"));
    on("toggle-tools", () => this.tools());
    on("widen", (event) => this.widen(event.currentTarget));
    root.querySelector("#drawing-tools").addEventListener("click", () => this.tools(false));
    document.addEventListener("geoapp:theme", ({ detail }) => this.wall(detail.theme === "wall"));
    if (document.documentElement.dataset.theme === "wall") this.wall(true);
  }

  /** The wall shows the map alone until a panel is asked for. */
  wall(on) {
    for (const name of ["side", "list"]) this.set(name, !on);
    this.root.querySelector("[data-part=wall]").hidden = !on;
  }

  set(name, open) {
    if (open) delete this.root.dataset[name];
    else this.root.dataset[name] = "closed";
    this.root.querySelector(`[data-action=toggle-${name}]`).setAttribute("aria-pressed", String(open));
  }

  open(name) {
    this.set(name, true);
  }

  toggle(name) {
    this.set(name, this.root.dataset[name] === "closed");
  }

  detail(open) {
    if (!open) this.root.removeAttribute("data-wide");
    this.root.querySelector("[data-action=widen]").setAttribute("aria-pressed", String(open && this.root.hasAttribute("data-wide")));
  }

  widen(button) {
    button.setAttribute("aria-pressed", String(this.root.toggleAttribute("data-wide")));
  }

  tools(open) {
    const button = this.root.querySelector("[data-action=toggle-tools]");
    button.setAttribute("aria-expanded", String(open ?? button.getAttribute("aria-expanded") !== "true"));
  }

  /** The address is the view; without a secure context the clipboard needs the old way. */
  async copyLink() {
    try {
      await navigator.clipboard.writeText(location.href);
      showToast(say("copied"));
    } catch {
      const field = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: location.href }));
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      showToast(say(done ? "copied" : "copy_failed"), { tone: done ? "ok" : "bad" });
    }
  }
}
