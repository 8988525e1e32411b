/* The only file that loads MapLibre; its worker lies beside it. */

import { Map, ScaleControl, config } from "../../vendor/maplibre-gl.mjs";

export { Map, ScaleControl, config };

/** Whether this browser can draw the map at all. */
export function canDraw() {
  return Boolean(document.createElement("canvas").getContext("webgl2"));
}
