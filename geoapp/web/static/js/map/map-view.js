/* The MapLibre map: built from the state, told about changes of it, telling where it was moved and touched. */

import { drawImage } from "./symbols.js";
import { buildStyle } from "./style.js";
import { Map, ScaleControl } from "./maplibre.js";
import { readPalette } from "./palette.js";
import { nearestTile } from "../lib/cells.js";
import { NEAREST_TILE, tileAddress, visibleLayers } from "../lib/layers.js";

const FAR = 4;
const NEAR = 20;
const REGISTERS_ONLY = /^(base|shape|focus|td-)/;

export class MapView {
  /** `start` = {centre, zoom} or {box: [w, s, e, n]}. */
  constructor({ container, layers, state, locale, labels, start }) {
    this.layers = layers;
    this.locale = locale;
    this.state = state;
    this.overlay = {};
    this.addresses = Object.fromEntries(layers.map(({ register }) => [register, tileAddress(location.origin, register, state)]));
    this.palette = readPalette();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const place = start.box ? { bounds: start.box, fitBoundsOptions: { padding: 24, maxZoom: 16 } } : { center: start.centre, zoom: start.zoom };
    this.map = new Map({
      container, style: this.style(), ...place, minZoom: FAR, maxZoom: NEAR, maxPitch: 0, dragRotate: false, pitchWithRotate: false, touchPitch: false,
      attributionControl: false, renderWorldCopies: false, fadeDuration: still ? 0 : 150, locale: labels, refreshExpiredTiles: false,
    });
    this.still = still;
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: 120 * this.palette.scale, unit: "metric" }), "bottom-left");
    this.map.setMissingStyleImageResolver((id) => this.image(id));
    // a source that was read (again) has forgotten its limit
    this.map.on("sourcedata", ({ sourceDataType }) => { if (sourceDataType === "metadata") this.limitCells(); });
    this.map.on("zoom", () => this.limitCells());
    this.map.on("style.load", () => this.backgrounds());
  }

  style() {
    return buildStyle({ origin: location.origin, palette: this.palette, locale: this.locale, layers: this.layers, state: this.state, ...this.overlay });
  }

  image(id) {
    const legends = Object.fromEntries(this.layers.map((layer) => [layer.register, layer.legend]));
    drawImage(this.map, id, { colours: this.palette.colours, legends });
  }

  /** Which tiles a view is drawn from, for layers that count in cells; MapLibre reads it before each frame. */
  limitCells() {
    for (const { register, minzoom, symbol } of this.layers) {
      if (minzoom === 0 || symbol === "count") continue;
      this.map.getSource(register).maxzoom = nearestTile(this.map.getZoom(), minzoom, this.palette.scale, NEAREST_TILE);
    }
  }

  /** Patterns of background layers are not asked for; draw them before they are needed. */
  backgrounds() {
    const { nodata, "nodata-line": line } = this.palette.colours;
    this.image(`nodata|${nodata}|${line}`);
  }

  /** Take a new state: other tiles, other layers, other looks; nothing is loaded that stays the same. */
  show(state) {
    this.state = state;
    if (!this.map.style) return;
    for (const layer of this.layers) {
      const address = tileAddress(location.origin, layer.register, state);
      if (this.addresses[layer.register] !== address) this.map.getSource(layer.register)?.setTiles([address]);
      this.addresses[layer.register] = address;
    }
    this.restyle();
  }

  restyle() {
    this.palette = readPalette();
    this.backgrounds();
    this.map.setStyle(this.style(), { diff: true, transformStyle: keepDrawing });
  }

  /** Ask again for every visible tile. */
  reload() {
    for (const name of visibleLayers(this.layers, this.state)) this.map.refreshTiles(name);
  }

  /** Geometry of the spatial choice, and rings around what is hovered or selected (GeoJSON). */
  setShapes(shapes) {
    this.overlay = { ...this.overlay, shapes };
    this.map.getSource("shape")?.setData(shapes);
  }

  setFocus(focus) {
    this.overlay = { ...this.overlay, focus };
    this.map.getSource("focus")?.setData(focus);
  }

  /** Rendered records in a square of `reach` pixels around a point. */
  recordsAt(point, reach) {
    const square = [[point.x - reach, point.y - reach], [point.x + reach, point.y + reach]];
    const layers = this.map.getStyle().layers.filter(({ id, layout }) => !REGISTERS_ONLY.test(id) && layout?.visibility !== "none").map(({ id }) => id);
    return this.map.queryRenderedFeatures(square, { layers })
      .map(({ id, source, properties, geometry, sourceLayer }) => ({ id, register: source, properties, geometry, label: sourceLayer !== source }))
      .filter(({ label }) => !label);
  }

  mark(register, id, state) {
    if (!this.map.getSource(register)) return;
    this.map.setFeatureState({ source: register, sourceLayer: register, id: Number(id) }, state);
  }

  view() {
    const { lng, lat } = this.map.getCenter();
    return { lon: lng, lat, zoom: this.map.getZoom() };
  }

  /** What is seen, as [w, s, e, n] rounded to a metre or so. */
  box() {
    const b = this.map.getBounds();
    return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()].map((v) => Number(v.toFixed(5)));
  }

  fit(box, options = {}) {
    const [w, s, e, n] = box;
    this.map.fitBounds([[w, s], [e, n]], { padding: this.padding(), maxZoom: 17, animate: !this.still, duration: 450, ...options });
  }

  go({ lon, lat, zoom }) {
    this.map.easeTo({ center: [lon, lat], zoom, animate: !this.still, duration: 450, padding: this.padding() });
  }

  /** Whether a place is on screen and not under the sheet. */
  sees([lon, lat]) {
    const { x, y } = this.map.project([lon, lat]);
    const { clientWidth, clientHeight } = this.map.getContainer();
    const p = this.padding();
    return x > p.left && y > p.top && x < clientWidth - p.right && y < clientHeight - p.bottom;
  }

  padding() {
    const sheet = document.querySelector("[data-part=sheet]");
    const covers = sheet && getComputedStyle(sheet).position === "absolute" ? sheet.getBoundingClientRect().height : 0;
    return { top: 40, right: 40, left: 40, bottom: 40 + Math.min(covers, this.map.getContainer().clientHeight * 0.6) };
  }
}

/** The drawing library keeps its own sources and layers (td-…) in the style; they stay on top. */
function keepDrawing(before, next) {
  const sources = Object.entries(before?.sources ?? {}).filter(([name]) => name.startsWith("td-"));
  const layers = (before?.layers ?? []).filter(({ source }) => source?.startsWith("td-"));
  return { ...next, sources: { ...next.sources, ...Object.fromEntries(sources) }, layers: [...next.layers, ...layers] };
}
