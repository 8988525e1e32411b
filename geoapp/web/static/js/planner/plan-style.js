/* The planner's map: base, cells, grids by deviation with hatch, labels. What is being done lies above it (overlay.js). Pure. */

import { baseLabels, baseLayers, baseSource } from "../map/base-style.js";
import { CLASSES } from "./bands.js";

export const EMPTY = { type: "FeatureCollection", features: [] };
export const SOURCES = ["cells", "grids", "labels", "others", "ghost", "changes"];

const lit = (name, on, off) => ["case", ["boolean", ["feature-state", name], false], on, off];

/** Name of the fill image of a class; `shape` is one of lib/shapes.js. */
export function patternOf(name, plan) {
  return `area|${plan.shapes[name]}|${plan[name]}`;
}

/** A MapLibre style. `plan` = colours of the classes and of the tools, `shapes` of the hatches. */
export function planStyle({ origin, palette, plan }) {
  const sources = Object.fromEntries(SOURCES.map((name) => [name, { type: "geojson", data: EMPTY, tolerance: 0.2, maxzoom: 17 }]));
  return {
    version: 8,
    sources: { base: baseSource(origin), regions: regionSource(origin), ...sources },
    layers: [
      ...baseLayers(palette), ...gridAreas(palette, plan), ...cellLayers(palette), ...baseLabels(palette),
      ...gridLines(palette, plan), ...communityLayers(palette), ...otherLayers(palette, plan), ...labelLayers(palette),
    ],
  };
}

/** Borders above the grids, which a plan cannot change (A9.2): they come from the map's own tiles. */
function regionSource(origin) {
  return { type: "vector", tiles: [`${origin}/tiles/regions/{z}/{x}/{y}.mvt`], minzoom: 0, maxzoom: 16 };
}

function communityLayers({ colours: c, font, scale }) {
  const layer = { source: "regions", "source-layer": "regions" };
  const community = ["==", ["get", "level"], 5];
  return [
    { id: "community-line", type: "line", ...layer, filter: community, layout: { "line-join": "round" }, paint: { "line-color": c.text, "line-width": 3 * scale, "line-opacity": 0.6 } },
    { id: "community-name", type: "symbol", source: "regions", "source-layer": "regions_label", filter: community, minzoom: 14.5, layout: { "text-field": ["get", "name"], "text-font": font, "text-size": 11 * scale, "text-letter-spacing": 0.06, "text-offset": [0, -2.6] }, paint: { "text-color": c.border, "text-halo-color": c.halo, "text-halo-width": 2 * scale, "text-opacity": 0.85 } },
  ];
}

function gridAreas({ dark }, plan) {
  const cases = CLASSES.flatMap((name) => [name, plan[name]]);
  const patterns = CLASSES.flatMap((name) => [name, patternOf(name, plan)]);
  return [
    { id: "grid-fill", type: "fill", source: "grids", paint: { "fill-color": ["match", ["get", "class"], ...cases, plan.in], "fill-opacity": dark ? 0.34 : 0.3 } },
    { id: "grid-hatch", type: "fill", source: "grids", filter: ["!", ["in", ["get", "class"], ["literal", ["in", "dedicated"]]]], paint: { "fill-pattern": ["match", ["get", "class"], ...patterns, patterns[1]], "fill-opacity": 0.4 } },
    { id: "change-fill", type: "fill", source: "changes", paint: { "fill-pattern": `area|crosshatch|${plan.change}`, "fill-opacity": 0.85 } },
  ];
}

function cellLayers({ colours: c, scale }) {
  return [{ id: "cell-line", type: "line", source: "cells", minzoom: 13.5, paint: {
    "line-color": c["text-2"], "line-opacity": ["interpolate", ["linear"], ["zoom"], 13.5, 0.12, 17, 0.5], "line-width": 0.8 * scale,
  } }];
}

function gridLines({ colours: c, scale }, plan) {
  const frame = (id, source, paint, extra = {}) => ({ id, type: "line", source, layout: { "line-join": "round" }, paint, ...extra });
  return [
    frame("grid-halo", "grids", { "line-color": c["border-halo"], "line-opacity": 0.85, "line-width": lit("active", 7 * scale, 4.5 * scale) }),
    frame("grid-line", "grids", { "line-color": lit("active", plan.active, c.border), "line-width": lit("active", 4 * scale, 2 * scale) }),
    frame("grid-locked", "grids", { "line-color": c["border-halo"], "line-width": 1 * scale, "line-dasharray": [2, 2] }, { filter: ["get", "locked"] }),
    frame("ghost-line", "ghost", { "line-color": plan.ghost, "line-width": 2.4 * scale, "line-dasharray": [3, 2] }),
    frame("change-line", "changes", { "line-color": plan.change, "line-width": 1.6 * scale }),
  ];
}

function otherLayers({ colours: c, font, scale }, plan) {
  return [
    { id: "other-fill", type: "fill", source: "others", paint: { "fill-pattern": `area|hatch|${plan.other}`, "fill-opacity": 0.55 } },
    { id: "other-line", type: "line", source: "others", paint: { "line-color": plan.other, "line-width": 3 * scale, "line-dasharray": [1, 1.5] } },
    { id: "other-name", type: "symbol", source: "others", layout: { "text-field": ["get", "who"], "text-font": font, "text-size": 12 * scale, "text-offset": [0, 2.4] }, paint: { "text-color": plan.other, "text-halo-color": c.halo, "text-halo-width": 2 * scale } },
  ];
}

function labelLayers({ colours: c, font, scale }) {
  return [{
    id: "grid-label", type: "symbol", source: "labels",
    layout: {
      "text-field": ["step", ["zoom"], ["get", "short"], 13, ["get", "label"]], "text-font": font, "text-size": ["interpolate", ["linear"], ["zoom"], 12, 11 * scale, 16, 14 * scale],
      "text-max-width": 12, "text-line-height": 1.25, "text-padding": 3, "symbol-sort-key": ["get", "rank"], "text-variable-anchor": ["center", "top", "bottom"],
    },
    paint: { "text-color": c.text, "text-halo-color": c.halo, "text-halo-width": 2 * scale },
  }];
}
