/* Style layers of one register: areas, points, aggregated cells, labels. What layers.json declares is drawn here. */

import { cellImage, countText } from "../lib/cells.js";

const lit = (on, off) => ["case", ["boolean", ["feature-state", "selected"], false], on, ["boolean", ["feature-state", "hover"], false], on, off];
const isCell = ["!", ["has", "c"]];
const zoomed = (...stops) => ["interpolate", ["linear"], ["zoom"], ...stops];

/** All style layers of a declared layer, lowest first. `look` = {colours, font, scale, locale, active}. */
export function dataLayers(layer, look) {
  const marked = layer.legend.some(({ mark }) => mark);
  if (marked) return { below: shareAreas(layer, look), above: [], labels: shareMarks(layer, look) };
  const below = layer.geometry === "polygon" ? (layer.register === "regions" ? regionAreas(layer, look) : areas(layer, look)) : [];
  const points = layer.register === "regions" ? [] : [...(layer.geometry === "point" ? singles(layer, look) : []), ...counts(layer, look)];
  return { below, above: points, labels: layer.register === "regions" ? regionLabels(layer, look) : [] };
}

const frame = (layer, id, type, rest) => ({ id: `${layer.register}-${id}`, type, source: layer.register, "source-layer": layer.register, ...rest });

function colourOf(layer, fallback) {
  const pairs = layer.legend.flatMap(({ value, colour }) => [value, colour]);
  return pairs.length ? ["match", ["get", "c"], ...pairs, fallback] : fallback;
}

function areas(layer, { colours: c, dark }) {
  const single = ["has", "c"];
  return [
    frame(layer, "fill", "fill", { filter: single, paint: { "fill-color": lit(c.focus, colourOf(layer, c.text)), "fill-opacity": lit(0.45, dark ? 0.5 : 0.8) } }),
    frame(layer, "line", "line", { filter: single, paint: { "line-color": lit(c.focus, c["text-2"]), "line-width": zoomed(14, lit(3, 0.4), 18, lit(3, 1.2)) } }),
  ];
}

function regionAreas(layer, { colours: c, active, scale }) {
  const patterns = layer.legend.flatMap(({ value, colour, shape }) => [value, `area|${shape}|${colour}`]);
  const level = ["get", "level"];
  const width = ["match", level, 1, 4 * scale, 2, 3.2 * scale, 3, 2.6 * scale, 4, 2 * scale, 5, 1.5 * scale, scale];
  const lines = (id, filter, paint) => frame(layer, id, "line", { filter, layout: { "line-join": "round" }, paint });
  return [
    // the fill is there for the finger even where it shows nothing
    frame(layer, "hit", "fill", { paint: { "fill-color": lit(c.focus, c.border), "fill-opacity": ["case", ["boolean", ["feature-state", "selected"], false], 0.16, ["boolean", ["feature-state", "hover"], false], 0.08, 0] } }),
    frame(layer, "band", "fill", { filter: [">", ["get", "c"], 0], paint: { "fill-pattern": ["match", ["get", "c"], ...patterns, patterns[1] ?? ""], "fill-opacity": active ? 0.75 : zoomed(12, 0.35, 15, 0.16, 17, 0.08) } }),
    lines("halo", ["<", level, 6], { "line-color": c["border-halo"], "line-opacity": 0.7, "line-width": ["+", 2 * scale, width] }),
    lines("line-grid", ["==", level, 6], { "line-color": c["border-2"], "line-width": lit(3 * scale, 1.1 * scale), "line-dasharray": [3, 2] }),
    lines("line", ["<", level, 6], { "line-color": c.border, "line-width": lit(4.5 * scale, width), "line-opacity": ["match", level, 5, 0.75, 0.9] }),
  ];
}

/** Regions filled by step: colour and pattern; the step's words stand in `shareMarks`. */
function shareAreas(layer, { colours: c, scale }) {
  const patterns = layer.legend.flatMap(({ value, colour, shape }) => [value, `area|${shape}|${colour}`]);
  return [
    frame(layer, "hit", "fill", { paint: { "fill-color": lit(c.focus, c.border), "fill-opacity": ["case", ["boolean", ["feature-state", "selected"], false], 0.25, ["boolean", ["feature-state", "hover"], false], 0.15, 0] } }),
    frame(layer, "share", "fill", { paint: { "fill-pattern": ["match", ["get", "c"], ...patterns, patterns[1]], "fill-opacity": 0.75 } }),
    frame(layer, "edge", "line", { layout: { "line-join": "round" }, paint: { "line-color": colourOf(layer, c.border), "line-width": lit(3 * scale, 1.4 * scale) } }),
  ];
}

/** The step in figures, inside its region and under its name, so that nobody has to know the colours. */
function shareMarks(layer, { colours: c, font, scale }) {
  const marks = layer.legend.flatMap(({ value, mark }) => [value, mark]);
  return [frame(layer, "mark", "symbol", { "source-layer": `${layer.register}_label`, layout: {
    "text-field": ["match", ["get", "c"], ...marks, ""], "text-font": font, "text-size": zoomed(8, 11 * scale, 14, 14 * scale), "text-padding": 2, "text-offset": [0, 1.1],
  }, paint: { "text-color": c.text, "text-halo-color": c.halo, "text-halo-width": 1.8 * scale } })];
}

function regionLabels(layer, { colours: c, font, scale }) {
  return [{
    id: "regions-label", type: "symbol", source: "regions", "source-layer": "regions_label",
    layout: { "text-field": ["get", "name"], "text-font": font, "text-size": zoomed(8, 11 * scale, 14, 13 * scale), "text-max-width": 7, "text-padding": 6, "symbol-sort-key": ["coalesce", ["get", "level"], 9] },
    paint: { "text-color": c.border, "text-halo-color": c.halo, "text-halo-width": 1.8 * scale },
  }];
}

function singles(layer, { colours: c, scale }) {
  const people = layer.symbol === "count";
  // what is shown from afar is sparse; what only shows near by stands in rows
  const sizes = layer.minzoom < 14 ? [12, 0.55, 14, 0.75, 17, 1] : [14, 0.3, 15.5, 0.34, 17, 0.55, 18, 0.8, 19, 1];
  const shapes = layer.legend.flatMap(({ value, colour, shape }) => [value, `point|${shape}|${colour}|${c.halo}`]);
  const single = ["all", ["==", ["geometry-type"], "Point"], ["has", "c"]];
  if (people || !shapes.length) return [];
  return [
    frame(layer, "halo", "circle", { filter: single, paint: { "circle-radius": lit(11 * scale, 0), "circle-color": c.focus, "circle-opacity": lit(0.45, 0), "circle-stroke-color": c.focus, "circle-stroke-width": lit(2, 0) } }),
    frame(layer, "point", "symbol", { filter: single, layout: {
      "icon-image": ["match", ["get", "c"], ...shapes, shapes[1]], "icon-allow-overlap": true, "icon-ignore-placement": true,
      "icon-size": zoomed(...sizes.map((value, i) => (i % 2 ? value * scale : value))), "symbol-sort-key": ["get", "c"],
    } }),
  ];
}

/** Circles with counts: cells of low zooms, and residents of a house (never a point of a person, D3.4). */
function counts(layer, { colours: c, font, scale, locale, active }) {
  if (layer.geometry === "polygon" && !active) return []; // houses lie in buildings: two counts on one spot say less than one
  const aside = active ? [0, 0] : [16 * scale, 16 * scale];
  const shares = layer.legend.length ? layer.legend.map(({ value }) => value) : [];
  const people = layer.symbol === "count";
  return [frame(layer, "cell", "symbol", { filter: ["all", ["has", "n"], people ? ["literal", true] : isCell], layout: {
    "icon-image": cellImage(layer.register, shares), "icon-size": people ? zoomed(14, 0.35 * scale, 16.5, 0.5 * scale, 17, 0.95 * scale, 18, 1.3 * scale) : scale, "icon-allow-overlap": true, "icon-ignore-placement": true,
    "text-field": people ? ["step", ["zoom"], "", 17, countText(locale)] : countText(locale), "text-font": font, "text-size": ["step", ["get", "n"], 11 * scale, 1000, 10 * scale], "text-allow-overlap": true, "text-ignore-placement": true, "symbol-sort-key": ["get", "n"],
  }, paint: { "text-color": c["cell-text"], "text-halo-color": c["cell-fill"], "text-halo-width": 0.8, "icon-translate": aside, "text-translate": aside } })];
}
