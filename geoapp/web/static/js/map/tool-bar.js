/* The spatial tools: which one is in use, and what a finished shape does to the query. */

import { degrees, ringCentre, ringRadius } from "../lib/geo.js";
import { hasShape, withShape } from "../lib/query.js";
import { saveArea, placeInSentence } from "./areas.js";
import { DrawBar } from "./draw-bar.js";
import { Drawing } from "./drawing.js";
import { say } from "./say.js";
import { faultAt } from "./shape-of-query.js";
import { store } from "./store.js";
import { sentence, tellTrouble } from "../widgets/trouble.js";

const MOST_METRES = 200_000;

export class ToolBar {
  constructor(root, view, page) {
    this.page = page;
    this.view = view;
    this.drawing = new Drawing(view);
    this.bar = new DrawBar(root.querySelector("[data-part=drawbar]"));
    this.buttons = [...root.querySelectorAll("[data-tool]")];
    this.active = null;
    for (const button of this.buttons) button.addEventListener("click", () => this.toggle(button.dataset.tool));
    const on = (action, run) => root.querySelector(`[data-action=${action}]`).addEventListener("click", run);
    on("draw-undo", () => this.drawing.undo());
    on("draw-finish", () => this.drawing.finish());
    on("draw-cancel", () => this.stop());
    on("clear-shape", () => this.clear());
    this.drawing.addEventListener("progress", ({ detail }) => this.progress(detail));
    this.drawing.addEventListener("finish", ({ detail }) => this.finish(detail));
    this.drawing.addEventListener("crossed", ({ detail }) => this.crossed(detail.fault));
    root.addEventListener("keydown", (event) => this.key(event));
    store.addEventListener("change", () => this.mark());
    view.map.on("moveend", () => this.follow());
    document.addEventListener("geoapp:pick-point", ({ detail }) => this.askPoint(detail));
    this.mark();
  }

  /** Start a tool, or end it when it is the one in use. */
  async toggle(tool) {
    if (tool === "view") {
      this.stop();
      this.setShape(this.following() ? {} : { bbox: this.view.box().join(",") });
      return;
    }
    if (this.active === tool) {
      this.stop();
      return;
    }
    this.stop();
    this.active = tool;
    this.mark();
    // the bar says "click" only when a click would be taken
    if (!["pick", "point"].includes(tool)) await this.drawing.start(tool);
    else this.view.map.getCanvas().focus();
    if (this.active === tool) this.bar.open(tool);
  }

  stop() {
    this.drawing.stop();
    this.asked?.cancelled?.();
    this.asked = null;
    this.active = null;
    this.bar.close();
    this.page.showShape();
    this.mark();
  }

  /** A form asks for one point: {hint, done({lon, lat}), cancelled()}; Escape gives up. */
  async askPoint(asked) {
    await this.toggle("point");
    this.asked = asked;
    this.bar.hint(asked.hint);
  }

  pointed({ lng, lat }) {
    const { asked } = this;
    this.asked = null;
    this.stop();
    asked?.done({ lon: lng, lat });
  }

  clear() {
    this.stop();
    this.setShape({});
  }

  key(event) {
    if (!this.active) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      this.stop();
    }
    const undo = event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey));
    if (undo && !event.target.closest("input, textarea")) {
      event.preventDefault();
      this.drawing.undo();
    }
  }

  progress({ tool, geometry }) {
    this.bar.progress(tool, geometry, this.drawing.canUndo());
  }

  async finish({ tool, geometry }) {
    const number = this.bar.number(tool);
    if (number === null) return;
    try {
      const shape = await this.shapeOf(tool, geometry, number);
      this.stop();
      this.setShape(shape);
    } catch (trouble) {
      this.refused(trouble);
    }
  }

  /** The spatial part of the query for what was drawn. */
  async shapeOf(tool, geometry, number) {
    if (tool === "circle") {
      const [ring] = geometry.coordinates;
      const metres = Math.min(MOST_METRES, Math.max(1, Math.round(ringRadius(ring))));
      return { circle: [...ringCentre(ring).map(degrees), metres].join(",") };
    }
    if (tool === "near") return { near: [...geometry.coordinates.map(degrees), number].join(",") };
    const area = await saveArea(geometry);
    return tool === "line" ? { area, within: number } : { area };
  }

  crossed(fault) {
    this.bar.hint(say("crossing"), true);
    this.page.showShape([faultAt(fault)]);
    this.page.announce(`${say("crossing")} ${this.faultText(fault)}`);
  }

  refused(trouble) {
    if (trouble.kind === "session") {
      tellTrouble("session");
      return;
    }
    const place = placeInSentence(trouble.detail);
    const reason = sentence(trouble.kind || "failed", { status: trouble.status, message: trouble.detail });
    this.bar.hint(say("area_refused", { reason }), true);
    this.page.showShape(place ? [faultAt(place)] : []);
  }

  faultText([lon, lat]) {
    return say("fault_here", { lon: degrees(lon), lat: degrees(lat) });
  }

  setShape(shape) {
    store.update({ query: withShape(store.state.query, shape) });
  }

  following() {
    return store.state.query.some(([name]) => name === "bbox");
  }

  /** "In this view" goes with the view. */
  follow() {
    if (!this.following() || this.page.settingView) return;
    const bbox = this.view.box().join(",");
    store.update({ query: withShape(store.state.query, { bbox }) }, "replace");
  }

  mark() {
    for (const button of this.buttons) {
      const on = button.dataset.tool === "view" ? this.following() : button.dataset.tool === this.active;
      button.setAttribute("aria-pressed", String(on));
    }
    document.querySelector("[data-action=clear-shape]").disabled = !hasShape(store.state.query);
  }
}
