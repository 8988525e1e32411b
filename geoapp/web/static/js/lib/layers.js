/* Which layers are shown, and the addresses of their tiles. Pure. */

import { tileQuery } from "./query.js";

export const NEAREST_TILE = 16;

/** What /layers.json declares, in the words the styles use. */
export function readLayers(declared) {
  return declared.map((layer) => ({
    ...layer,
    geometry: /polygon/i.test(layer.geometry || "") ? "polygon" : "point",
    legend: layer.legend || [],
  }));
}

/** The register a feature on the map opens: people and households stand for their house (D3.4). */
export function openedBy(register) {
  return ["residents", "households"].includes(register) ? "houses" : register;
}

/** Names of the visible layers: those asked for, or regions, buildings and the list's own. The list's own is always there. */
export function visibleLayers(layers, { register, layers: asked }) {
  const wanted = asked ?? ["regions", "buildings"];
  return layers.map((layer) => layer.register).filter((name) => name === register || wanted.includes(name));
}

/** Names after one layer was switched, as they stand in the address. */
export function toggled(layers, state, name, on) {
  const shown = new Set(visibleLayers(layers, state));
  if (on) shown.add(name);
  else shown.delete(name);
  return layers.map((layer) => layer.register).filter((register) => shown.has(register));
}

/** Tile address of a register: the list's own register with the query of the list, others whole, all on the day asked for. */
export function tileAddress(origin, name, state) {
  const query = tileQuery(name === state.register ? state.query : state.query.filter(([key]) => key === "as_of"));
  return `${origin}/tiles/${name}/{z}/{x}/{y}.mvt${query ? `?${query}` : ""}`;
}

/** Vector source of a layer; people start where single houses do. */
export function layerSource(origin, layer, state) {
  return { type: "vector", tiles: [tileAddress(origin, layer.register, state)], minzoom: layer.symbol === "count" ? layer.minzoom : 0, maxzoom: NEAREST_TILE };
}
