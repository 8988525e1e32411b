/* Makes the MapView for the present state. */

import { parseBox } from "../lib/geo.js";
import { valueOf } from "../lib/query.js";
import { canDraw } from "./maplibre.js";
import { MapView } from "./map-view.js";
import { locale, say } from "./say.js";
import { store } from "./store.js";

/** Throws NoCanvas where the browser has no WebGL2. */
export function openMap(container, layers, { home, centre, zoom }) {
  if (!canDraw()) throw Object.assign(new Error("WebGL2"), { name: "NoCanvas" });
  const { view, query } = store.state;
  const box = parseBox(valueOf(query, "bbox")) ?? home;
  const start = view ? { centre: [view.lon, view.lat], zoom: view.zoom } : box ? { box } : { centre, zoom };
  return new MapView({ container, layers, state: store.state, locale, labels: { "Map.Title": say("map_title") }, start });
}
