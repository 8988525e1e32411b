/* terra-draw on the map: loaded when first needed, one shape at a time, finished by Enter, undone point by point. */

import { crossing } from "../lib/geo.js";

const MODES = { polygon: "polygon", line: "linestring", circle: "circle", near: "point" };

export class Drawing extends EventTarget {
  constructor(view) {
    super();
    this.view = view;
    this.draw = null;
    this.id = null;
  }

  load() {
    this.loading ??= this.fetch();
    return this.loading;
  }

  async fetch() {
    const [terra, { TerraDrawMapLibreGLAdapter }] = await Promise.all([
      import("../../vendor/terra-draw.mjs"), import("../../vendor/terra-draw-maplibre-gl-adapter.mjs"),
    ]);
    const { shape, halo } = this.view.palette.colours;
    const look = (extra) => ({ closingPointColor: shape, closingPointOutlineColor: halo, closingPointWidth: 6, coordinatePointColor: shape, ...extra });
    const area = { fillColor: shape, fillOpacity: 0.14, outlineColor: shape, outlineWidth: 3 };
    this.draw = new terra.TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map: this.view.map, coordinatePrecision: 7 }),
      undoRedo: { modeLevel: new terra.TerraDrawModeUndoRedo() },
      modes: [
        new terra.TerraDrawPolygonMode({ styles: look(area), showCoordinatePoints: true, validation: (feature, { updateType }) => this.check(feature, updateType) }),
        new terra.TerraDrawLineStringMode({ styles: look({ lineStringColor: shape, lineStringWidth: 3 }), showCoordinatePoints: true }),
        new terra.TerraDrawCircleMode({ styles: area, drawInteraction: "click-move-or-drag" }),
        new terra.TerraDrawPointMode({ styles: { pointColor: shape, pointOutlineColor: halo, pointWidth: 7 } }),
      ],
    });
    this.draw.start();
    this.draw.on("change", (ids, type) => { if (this.tool && type !== "styling") this.tell("progress"); });
    this.draw.on("finish", (id) => this.finished(id));
    this.draw.on("history", () => this.tell("progress"));
  }

  /** Begin a tool: polygon, line, circle or near. The keys go to the map until it ends. */
  async start(tool) {
    this.tool = tool;
    await this.load();
    if (this.tool !== tool) return; // given up, or another begun, while the modules came
    this.clear();
    this.draw.setMode(MODES[tool]);
    this.view.map.getCanvas().focus();
  }

  /** Forget what was begun and give the pointer back to the map. */
  stop() {
    this.tool = null;
    if (!this.draw?.enabled) return;
    this.draw.setMode("static");
    this.draw.clear();
    this.draw.clearUndoRedoHistory();
    this.id = null;
  }

  clear() {
    this.draw.setMode("static");
    this.draw.clear();
    this.draw.clearUndoRedoHistory();
    this.id = null;
  }

  /** As if Enter had been pressed on the map; for the button and for fingers. */
  finish() {
    this.view.map.getCanvas().dispatchEvent(new KeyboardEvent("keyup", { key: "Enter", bubbles: true }));
  }

  undo() {
    if (this.canUndo()) this.draw.undo();
    this.tell("progress");
  }

  canUndo() {
    return Boolean(this.draw?.canUndo());
  }

  /** What is being drawn now, without helper points; null before the first point. */
  geometry() {
    const own = this.draw?.getSnapshot().filter(({ properties, geometry }) => properties.mode === MODES[this.tool] && (geometry.type !== "Point" || this.tool === "near")) ?? [];
    return own.length ? own[own.length - 1].geometry : null;
  }

  /** A ring that crosses itself cannot be finished; it stays open, so that points can be taken back. */
  check({ geometry }, updateType) {
    const fault = updateType === "finish" ? crossing(geometry.coordinates[0]) : null;
    if (fault) this.dispatchEvent(new CustomEvent("crossed", { detail: { fault } }));
    return { valid: fault === null };
  }

  finished(id) {
    const geometry = this.draw.getSnapshotFeature(id)?.geometry;
    if (geometry && this.tool) this.dispatchEvent(new CustomEvent("finish", { detail: { tool: this.tool, geometry } }));
  }

  tell(name) {
    this.dispatchEvent(new CustomEvent(name, { detail: { tool: this.tool, geometry: this.geometry() } }));
  }
}
