/* Rows to claim on a map: grids with their numbers, places as tiles; several are tapped or a box is drawn, then claimed below. */

import { boxOf } from "../lib/rows.js";
import { dataLayers } from "../map/layer-styles.js";
import { canDraw, Map, ScaleControl } from "../map/maplibre.js";
import { readPalette } from "../map/palette.js";
import { countedAreas, countedSources } from "../map/row-styles.js";
import { buildStyle } from "../map/style.js";
import { drawImage } from "../map/symbols.js";

const REACH = 14; // pixels around a finger
const SMALLEST = 6; // pixels a box has to be wide to be one

export default class ClaimsMap {
  constructor(element) {
    this.element = element;
    this.features = JSON.parse(this.part("features").textContent);
    this.layer = JSON.parse(this.part("layer").textContent);
    this.picked = [];
    const box = this.layer?.box ?? boxOf(this.features);
    if (!canDraw() || !box) {
      element.dataset.state = "none";
      this.part("canvas").textContent = element.dataset.noMap;
      return;
    }
    this.open(box);
    this.wire();
    document.addEventListener("geoapp:theme", () => this.map.setStyle(this.style(), { diff: false }));
  }

  part(name) {
    return this.element.querySelector(`[data-part=${name}]`);
  }

  open([w, s, e, n]) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const place = this.layer?.at ? { center: this.layer.at, zoom: 18 } : { bounds: [w, s, e, n], fitBoundsOptions: { padding: 48, maxZoom: 17 } };
    this.map = new Map({
      container: this.part("canvas"), style: this.style(), ...place, minZoom: 4, maxZoom: 20, maxPitch: 0, dragRotate: false, pitchWithRotate: false, touchPitch: false,
      attributionControl: false, renderWorldCopies: false, fadeDuration: still ? 0 : 150, locale: { "Map.Title": this.element.dataset.title }, refreshExpiredTiles: false,
      boxZoom: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: 100, unit: "metric" }), "bottom-left");
    const legends = this.layer ? { [this.layer.register]: this.layer.legend } : {};
    this.map.setMissingStyleImageResolver((id) => drawImage(this.map, id, { colours: this.palette.colours, legends }));
    this.map.on("style.load", () => this.ready());
    this.map.on("idle", () => { this.element.dataset.state = "drawn"; });
    this.map.on("click", ({ point }) => this.tap(point));
  }

  style() {
    this.palette = readPalette();
    const base = buildStyle({ origin: location.origin, palette: this.palette, locale: document.documentElement.lang, layers: [], state: {} });
    const style = { ...base, sources: { ...base.sources, ...countedSources(this.features) }, layers: [...base.layers, ...countedAreas(this.palette, this.layer ? 0.05 : 0.2)] };
    if (!this.layer) return style;
    const { register, tiles, nearest } = this.layer;
    style.sources[register] = { type: "vector", tiles: [location.origin + tiles], minzoom: 0, maxzoom: nearest };
    style.layers.push(...dataLayers(this.layer, { ...this.palette, locale: document.documentElement.lang, active: true }).above);
    return style;
  }

  ready() {
    const { nodata, "nodata-line": line } = this.palette.colours;
    drawImage(this.map, `nodata|${nodata}|${line}`, { colours: this.palette.colours, legends: {} });
    this.mark(this.picked);
  }

  wire() {
    if (!this.layer) return;
    this.boxButton = this.part("box");
    this.boxButton.addEventListener("click", () => this.drawing(this.boxButton.getAttribute("aria-pressed") !== "true"));
    this.part("view").addEventListener("click", () => this.within(this.map.getBounds().toArray().flat()));
    const canvas = this.map.getCanvasContainer();
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.stretch(event));
    canvas.addEventListener("pointerup", (event) => this.end(event));
    canvas.addEventListener("pointercancel", () => this.drawing(false));
    this.element.addEventListener("keydown", ({ key }) => { if (key === "Escape") this.drawing(false); });
    this.element.addEventListener("geoapp:ticked", ({ target }) => this.ticked(target));
  }

  /** Places near the finger are picked, or let go again; a counted cell is come nearer to; a grid of people opens its list. */
  tap({ x, y }) {
    if (this.boxing || this.skip) return;
    const near = this.map.queryRenderedFeatures([[x - REACH, y - REACH], [x + REACH, y + REACH]]);
    const mine = near.filter(({ source }) => source === this.layer?.register);
    const ids = [...new Set(mine.filter(({ id }) => id !== undefined).map(({ id }) => id))];
    if (ids.length) this.toggle(ids);
    else if (mine.length) this.map.easeTo({ center: this.map.unproject([x, y]), zoom: Math.max(this.map.getZoom() + 2, this.layer.from) });
    else if (!this.layer) {
      const area = this.map.queryRenderedFeatures([x, y], { layers: ["rows-area"] })[0];
      if (area) location.assign(area.properties.href);
    }
  }

  toggle(ids) {
    const fresh = ids.filter((id) => !this.picked.includes(id));
    const left = fresh.length ? [...this.picked, ...fresh] : this.picked.filter((id) => !ids.includes(id));
    if (left.length) return this.load(left.map((id) => `&row=${id}`).join(""));
    this.mark([]);
    return document.getElementById("picked").replaceChildren();
  }

  within(box) {
    return this.load(`&bbox=${box.map((n) => n.toFixed(6)).join(",")}`);
  }

  /** The rows that were picked, as the server sees them, with what can be done. */
  load(query) {
    return window.htmx.ajax("GET", this.element.dataset.rows + query, { target: "#picked", swap: "innerHTML" });
  }

  ticked(form) {
    this.mark([...form.querySelectorAll("input[name=row]:checked")].map(({ value }) => Number(value)));
  }

  mark(ids) {
    const { register } = this.layer ?? {};
    if (!register || !this.map.getSource(register)) return;
    const set = (id, selected) => this.map.setFeatureState({ source: register, sourceLayer: register, id }, { selected });
    for (const id of this.picked) set(id, false);
    for (const id of ids) set(id, true);
    this.picked = ids;
  }

  // -- a box ---------------------------------------------------------------------------------

  drawing(on) {
    this.boxing = on;
    this.from = null;
    this.part("rubber").hidden = true;
    this.boxButton.setAttribute("aria-pressed", String(on));
    this.element.classList.toggle("is-boxing", on);
    this.map.dragPan[on ? "disable" : "enable"]();
  }

  at({ clientX, clientY }) {
    const { left, top } = this.map.getCanvas().getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  begin(event) {
    if (!this.boxing || event.button) return;
    this.from = this.at(event);
    this.map.getCanvasContainer().setPointerCapture(event.pointerId);
  }

  stretch(event) {
    if (!this.from) return;
    const [x, y] = this.at(event);
    const [a, b] = this.from;
    const rubber = this.part("rubber");
    Object.assign(rubber.style, { left: `${Math.min(a, x)}px`, top: `${Math.min(b, y)}px`, width: `${Math.abs(x - a)}px`, height: `${Math.abs(y - b)}px` });
    rubber.hidden = false;
  }

  end(event) {
    if (!this.from) return;
    const [x, y] = this.at(event);
    const [a, b] = this.from;
    this.drawing(false);
    if (Math.abs(x - a) < SMALLEST || Math.abs(y - b) < SMALLEST) return;
    this.skip = true; // the click that ends a box is no tap
    setTimeout(() => { this.skip = false; }, 0);
    const { lng: w, lat: n } = this.map.unproject([Math.min(a, x), Math.min(b, y)]);
    const { lng: e, lat: s } = this.map.unproject([Math.max(a, x), Math.max(b, y)]);
    this.within([w, s, e, n]);
  }
}
