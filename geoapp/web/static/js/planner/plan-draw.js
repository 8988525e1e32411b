/* From the state to the map: polygons, labels, the active grid, what is foreseen, where something was refused. */

import { classOf, labelOf } from "./bands.js";
import { bounds } from "../lib/geo.js";
import { numberOf } from "./grid-table.js";
import { feature } from "./trace.js";
import { say } from "./words.js";

const PATIENCE_MS = 1000;
const REST_MS = 160;
const LONGEST_MS = 2000;

export class PlanDraw {
  /** `resting()`: no hand is drawing and no edit is on its way; polygons wait for that, so that figures do not wait for them. */
  constructor(state, map, { resting }) {
    Object.assign(this, { state, map, resting });
    this.stale = new Set(); // grids the map shows as they were
    this.shapes = new Map();
    this.anchors = new Map();
    state.addEventListener("active", ({ detail }) => this.active(detail));
  }

  /** All grids anew: GeoJSON features of the server. */
  async all(features) {
    this.shapes = new Map(features.map(({ properties, geometry }) => [properties.grid, geometry]));
    this.anchors.clear();
    this.stale.clear();
    await Promise.all([this.map.set("grids", features.map((one) => this.area(one.properties))), this.map.set("labels", this.labels(this.state.grids.keys()))]);
  }

  cells(features) {
    return this.map.change("cells", features.map(({ id, geometry }) => ({ type: "Feature", id, properties: {}, geometry })));
  }

  /** Changed grids; resolves when the map holds them. Several edits in a row are painted once. */
  some(features, gone = []) {
    for (const grid of gone) { this.shapes.delete(grid); this.anchors.delete(grid); this.stale.add(grid); }
    for (const { properties, geometry } of features) {
      this.anchors.delete(properties.grid);
      if (geometry) this.shapes.set(properties.grid, geometry);
      this.stale.add(properties.grid);
    }
    this.flushed ??= this.pause().then(() => this.flush());
    return this.flushed;
  }

  /** Until hands rest, but not for ever. */
  async pause() {
    const began = performance.now();
    do await new Promise((resolve) => { setTimeout(resolve, REST_MS); }); while (!this.resting() && performance.now() - began < LONGEST_MS);
  }

  async flush() {
    const ids = [...this.stale];
    this.stale.clear();
    this.flushed = null;
    const there = ids.filter((grid) => this.shapes.has(grid) && this.state.grids.has(grid));
    const gone = ids.filter((grid) => !there.includes(grid));
    await Promise.all([
      this.map.change("grids", there.map((grid) => this.area(this.state.grids.get(grid))), gone),
      this.map.change("labels", this.labels(there), gone),
    ]);
  }

  /** When the map shows what it was given, or a second later. */
  seen() {
    return Promise.race([this.map.map.once("idle"), new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); })]);
  }

  area(figures) {
    const properties = { class: classOf(figures, this.state.plan.band), locked: Boolean(figures.locked) };
    return { type: "Feature", id: figures.grid, properties, geometry: this.shapes.get(figures.grid) };
  }

  /** One label a grid, inside it. */
  labels(grids) {
    return [...grids].filter((grid) => this.state.grids.has(grid) && this.anchor(grid)).map((grid) => {
      const figures = this.state.grids.get(grid);
      const words = { ...figures, number: numberOf(figures), marks: this.marks(figures) };
      return { type: "Feature", id: grid, properties: { label: labelOf(words), short: labelOf({ ...words, marks: "" }).split("\n")[0], rank: figures.dedicated ? 1 : -Math.abs(figures.deviation) }, geometry: { type: "Point", coordinates: this.anchor(grid) } };
    });
  }

  marks({ locked }) {
    return locked ? ` ${say("locked_short")}` : "";
  }

  anchor(grid) {
    if (!this.anchors.has(grid) && this.shapes.has(grid)) this.anchors.set(grid, middleOf(this.shapes.get(grid)));
    return this.anchors.get(grid) ?? null;
  }

  active({ before, grid }) {
    if (before !== null) this.map.mark("grids", before, { active: false });
    if (grid !== null) this.map.mark("grids", grid, { active: true });
  }

  /** Cells in the colour of the grid they will probably belong to. */
  foresee({ moved, figures }) {
    for (const [id, to] of moved) this.map.over.mark(id, "to", classOf(figures.get(to) ?? { deviation: 0 }, this.state.plan.band));
  }

  settle(cells) {
    this.map.over.unmark("to", cells);
  }

  /** Where something was refused: cells, and a ring around a place. Answers the place. */
  fault({ cells = [], at = null }) {
    this.map.over.unmark("fault");
    for (const id of cells) this.map.over.mark(id, "fault");
    const box = at ? bounds(at) : null;
    const place = box ? [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] : cells.length ? this.state.index.centre(cells[0]) : null;
    this.map.over.draw(place ? [feature("fault", { type: "Point", coordinates: place })] : []);
    return place;
  }

  clearFault() {
    this.map.over.unmark("fault");
  }

  fit(grid) {
    const geometry = this.shapes.get(grid);
    if (geometry) this.map.fit(bounds(geometry));
  }
}

/** A point inside a polygon: on the horizontal line through the middle of its box, in the middle of the longest stretch inside. */
export function middleOf({ type, coordinates }) {
  const rings = (type === "Polygon" ? [coordinates] : coordinates).sort((a, b) => b[0].length - a[0].length)[0];
  const [, s, , n] = bounds({ coordinates: rings[0] });
  let best = null;
  for (const share of [0.5, 0.38, 0.62]) {
    const y = s + (n - s) * share;
    const cuts = rings.flatMap((ring) => ring.slice(1).flatMap(([x2, y2], i) => {
      const [x1, y1] = ring[i];
      return (y1 > y) === (y2 > y) ? [] : [x1 + ((x2 - x1) * (y - y1)) / (y2 - y1)];
    })).sort((a, b) => a - b);
    for (let i = 0; i + 1 < cuts.length; i += 2) {
      const wide = cuts[i + 1] - cuts[i];
      if (!best || wide > best.wide * 1.15) best = { wide, at: [(cuts[i] + cuts[i + 1]) / 2, y] };
    }
  }
  return best?.at ?? rings[0][0];
}
