/* The MapLibre map of a plan: sources are filled and changed here, nothing is decided. */

import { Map, ScaleControl } from "../map/maplibre.js";
import { readPalette } from "../map/palette.js";
import { drawImage } from "../map/symbols.js";
import { CLASSES } from "./bands.js";
import { Overlay } from "./overlay.js";
import { EMPTY, planStyle, SOURCES } from "./plan-style.js";

const SHAPES = { "far-under": "crosshatch", under: "hatch", in: "fill", over: "dots", "far-over": "crosshatch", dedicated: "hatch" };

/** Colours of the planner from the design tokens (--plan-*). */
export function planColours(root = document.documentElement) {
  const style = getComputedStyle(root);
  const names = [...CLASSES, "active", "ghost", "change", "other"];
  return { ...Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--plan-${name}`).trim()])), shapes: SHAPES };
}

export class PlanMap {
  /** `box` = [w, s, e, n]; `labels` of MapLibre's own words; `geometryOf(cell)` for what is marked above the map. */
  constructor(container, { box, labels = {}, geometryOf }) {
    this.data = Object.fromEntries(SOURCES.map((name) => [name, EMPTY]));
    this.marks = {};
    this.palette = readPalette();
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map = new Map({
      container, style: this.style(), bounds: box, fitBoundsOptions: { padding: 48, maxZoom: 16.5 }, minZoom: 8, maxZoom: 20, maxPitch: 0, dragRotate: false,
      pitchWithRotate: false, touchPitch: false, attributionControl: false, renderWorldCopies: false, fadeDuration: 0, locale: labels, refreshExpiredTiles: false,
    });
    this.over = new Overlay(this.map, geometryOf);
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disable();
    this.map.doubleClickZoom.disable();
    this.map.boxZoom.disable();
    this.map.addControl(new ScaleControl({ maxWidth: 120 * this.palette.scale, unit: "metric" }), "bottom-left");
    this.map.setMissingStyleImageResolver((id) => drawImage(this.map, id, { colours: this.palette.colours, legends: {} }));
    this.map.on("style.load", () => this.refill());
    document.addEventListener("geoapp:theme", () => this.restyle());
  }

  style() {
    this.plan = planColours();
    return planStyle({ origin: location.origin, palette: this.palette, plan: this.plan });
  }

  restyle() {
    this.palette = readPalette();
    this.map.setStyle(this.style(), { diff: false });
  }

  /** After a new style: data and marks as they were. */
  refill() {
    const { nodata, "nodata-line": line } = this.palette.colours;
    drawImage(this.map, `nodata|${nodata}|${line}`, { colours: this.palette.colours, legends: {} });
    for (const [name, data] of Object.entries(this.data)) this.map.getSource(name)?.setData(data);
    for (const [source, marks] of Object.entries(this.marks)) for (const [id, mark] of marks) this.map.setFeatureState({ source, id }, mark);
  }

  /** Replace a source; resolves when the map knows it. */
  set(name, features) {
    this.data[name] = { type: "FeatureCollection", features };
    return this.map.getSource(name)?.setData(this.data[name]) ?? Promise.resolve();
  }

  /** Replace or remove single features of a source; resolves when the map knows it. */
  change(name, features, gone = []) {
    const ids = new Set([...features.map(({ id }) => id), ...gone]);
    const kept = this.data[name].features.filter(({ id }) => !ids.has(id));
    const there = new Set(this.data[name].features.map(({ id }) => id));
    this.data[name] = { type: "FeatureCollection", features: [...kept, ...features] };
    const remove = [...ids].filter((id) => there.has(id));
    return this.map.getSource(name)?.updateData({ remove, add: features }) ?? Promise.resolve();
  }

  mark(source, id, mark) {
    const marks = (this.marks[source] ??= new globalThis.Map());
    marks.set(id, { ...marks.get(id), ...mark });
    if (this.map.getSource(source)) this.map.setFeatureState({ source, id }, mark);
  }

  show(layers, visible) {
    for (const id of layers) if (this.map.getLayer(id)) this.map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
  }

  fit([w, s, e, n], options = {}) {
    this.map.fitBounds([[w, s], [e, n]], { padding: 64, maxZoom: 17, animate: !this.still, duration: 350, ...options });
  }

  /** Metres of one pixel in the middle of the map. */
  metresPerPixel() {
    return (40_075_017 * Math.cos((this.map.getCenter().lat * Math.PI) / 180)) / (512 * 2 ** this.map.getZoom());
  }
}
