/* The sheet on a phone: dragged by its handle, or set by tap and arrow keys; three heights. */

import { heights, next, settle, SNAPS } from "../lib/snap.js";
import { say } from "./say.js";

export class BottomSheet {
  constructor(root) {
    this.root = root;
    this.sheet = root.querySelector("[data-part=sheet]");
    this.handle = root.querySelector("[data-part=handle]");
    this.tabs = [...root.querySelectorAll("[role=tab]")];
    this.snap = "peek";
    for (const grip of [this.handle, root.querySelector("[data-part=summary]")]) {
      grip.addEventListener("pointerdown", (event) => this.begin(event));
      grip.addEventListener("click", () => this.tap());
    }
    this.handle.addEventListener("keydown", (event) => this.key(event));
    for (const tab of this.tabs) tab.addEventListener("click", () => this.choose(tab));
    root.querySelector("[role=tablist]").addEventListener("keydown", (event) => this.tabKey(event));
    addEventListener("resize", () => this.set(this.snap));
    this.set("peek");
  }

  stops() {
    return heights(this.root.clientHeight, this.peek());
  }

  /** Handle, summary and tabs: what is always seen. */
  peek() {
    const parts = ["[data-part=handle]", "[data-part=summary]", "[data-part=tabs]"].map((name) => this.root.querySelector(name).offsetHeight);
    return Math.max(96, parts.reduce((a, b) => a + b, 0));
  }

  set(name) {
    this.snap = name;
    const stops = this.stops();
    this.sheet.style.setProperty("--sheet-height", `${stops[name]}px`);
    document.documentElement.style.setProperty("--sheet-peek", `${stops.peek}px`);
    this.root.dataset.snap = name;
    this.handle.setAttribute("aria-expanded", String(name !== "peek"));
    this.handle.setAttribute("aria-label", say(`sheet_${name}`));
  }

  /** At least half open, so that what was asked for is seen. */
  raise() {
    if (this.snap === "peek") this.set("half");
  }

  begin(event) {
    this.dragged = false;
    const start = { y: event.clientY, height: this.sheet.offsetHeight, at: event.timeStamp };
    let last = { y: event.clientY, at: event.timeStamp };
    let speed = 0;
    let moved = false;
    const target = event.currentTarget;
    target.setPointerCapture(event.pointerId);
    const move = (e) => {
      moved ||= Math.abs(e.clientY - start.y) > 4;
      speed = (last.y - e.clientY) / Math.max(1, e.timeStamp - last.at);
      last = { y: e.clientY, at: e.timeStamp };
      this.sheet.classList.add("is-dragging");
      this.sheet.style.setProperty("--sheet-height", `${Math.min(this.stops().full, Math.max(this.stops().peek, start.height + start.y - e.clientY))}px`);
    };
    const end = () => {
      target.removeEventListener("pointermove", move);
      this.sheet.classList.remove("is-dragging");
      this.dragged = moved;
      if (moved) this.set(settle(this.sheet.offsetHeight, speed, this.stops()));
    };
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", end, { once: true });
    target.addEventListener("pointercancel", end, { once: true });
  }

  /** Only at the click: were the sheet raised at the finger's lifting, the click would meet what came under it. */
  tap() {
    if (!this.dragged) this.set(next(this.snap));
    this.dragged = false;
  }

  key(event) {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.set(SNAPS[Math.min(2, Math.max(0, SNAPS.indexOf(this.snap) + step))]);
  }

  choose(tab) {
    this.show(tab.dataset.panel);
    this.raise();
  }

  /** Bring one panel to the front. */
  show(panel) {
    this.root.dataset.panel = panel;
    for (const tab of this.tabs) {
      const on = tab.dataset.panel === panel;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    }
  }

  tabKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const index = (this.tabs.indexOf(document.activeElement) + step + this.tabs.length) % this.tabs.length;
    this.tabs[index].focus();
    this.choose(this.tabs[index]);
  }
}
