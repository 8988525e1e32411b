/* The whole style of the map from palette, declared layers and state: the same input gives the same style. */

import { layerSource, visibleLayers } from "../lib/layers.js";
import { baseLabels, baseLayers, baseSource } from "./base-style.js";
import { dataLayers } from "./layer-styles.js";
import { overlayLayers, overlaySources } from "./overlay-styles.js";

/** A MapLibre style; no glyphs and no sprite: letters and symbols are drawn here. */
export function buildStyle({ origin, palette, locale, layers, state, shapes, focus }) {
  const shown = visibleLayers(layers, state);
  const styled = layers.map((layer) => {
    const look = { ...palette, locale, active: layer.register === state.register };
    const { below, above, labels } = dataLayers(layer, look);
    const visibility = shown.includes(layer.register) ? "visible" : "none";
    const seen = (list) => list.map((style) => ({ ...style, layout: { ...style.layout, visibility } }));
    return { layer, below: seen(below), above: seen(above), labels: seen(labels) };
  });
  const order = (list) => [...list].sort((a, b) => rank(a.layer, state) - rank(b.layer, state));
  return {
    version: 8,
    sources: {
      base: baseSource(origin),
      ...Object.fromEntries(layers.map((layer) => [layer.register, layerSource(origin, layer, state)])),
      ...overlaySources(shapes, focus),
    },
    layers: [
      ...baseLayers(palette),
      ...order(styled).flatMap(({ below }) => below),
      ...baseLabels(palette),
      ...styled.flatMap(({ labels }) => labels),
      ...overlayLayers(palette).below,
      ...order(styled).flatMap(({ above }) => above),
      ...overlayLayers(palette).above,
    ],
  };
}

/** Regions lie lowest, then buildings, then the others; the list's own register is on top. */
function rank(layer, state) {
  if (layer.register === state.register && layer.geometry === "point") return 100;
  return { regions: 1, buildings: 2 }[layer.register] ?? 10;
}
