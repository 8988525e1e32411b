/* A small map of rows: features stand in the page. */

import { boxOf } from "../lib/rows.js";
import { canDraw, Map, ScaleControl } from "../map/maplibre.js";
import { readPalette } from "../map/palette.js";
import { rowLayers, rowSource } from "../map/row-styles.js";
import { buildStyle } from "../map/style.js";
import { drawImage } from "../map/symbols.js";

const COLOURS = 5;

export default class RowsMap {
  constructor(element) {
    this.element = element;
    this.features = JSON.parse(element.querySelector("[data-part=features]").textContent);
    const box = boxOf(this.features);
    if (!canDraw() || !box) {
      element.dataset.state = "none";
      element.querySelector("[data-part=canvas]").textContent = box ? element.dataset.noMap : "";
      element.hidden = !box;
      return;
    }
    this.open(box);
    document.addEventListener("geoapp:theme", () => this.map.setStyle(this.style(), { diff: false }));
  }

  open(box) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map = new Map({
      container: this.element.querySelector("[data-part=canvas]"), style: this.style(), bounds: box, fitBoundsOptions: { padding: 40, maxZoom: 17 },
      minZoom: 4, maxZoom: 20, maxPitch: 0, dragRotate: false, pitchWithRotate: false, touchPitch: false, attributionControl: false, renderWorldCopies: false,
      cooperativeGestures: false, fadeDuration: still ? 0 : 150, locale: { "Map.Title": this.element.dataset.title }, refreshExpiredTiles: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: 100, unit: "metric" }), "bottom-left");
    this.map.setMissingStyleImageResolver((id) => drawImage(this.map, id, { colours: this.palette.colours, legends: {} }));
    this.map.on("style.load", () => this.background());
    this.map.on("idle", () => { this.element.dataset.state = "drawn"; });
  }

  style() {
    this.palette = readPalette();
    const own = getComputedStyle(this.element);
    const colours = Array.from({ length: COLOURS }, (_, n) => own.getPropertyValue(`--rows-${n}`).trim());
    const base = buildStyle({ origin: location.origin, palette: this.palette, locale: document.documentElement.lang, layers: [], state: {} });
    return { ...base, sources: { ...base.sources, rows: rowSource(this.features) }, layers: [...base.layers, ...rowLayers(this.palette, colours)] };
  }

  background() {
    const { nodata, "nodata-line": line } = this.palette.colours;
    drawImage(this.map, `nodata|${nodata}|${line}`, { colours: this.palette.colours, legends: {} });
  }
}
