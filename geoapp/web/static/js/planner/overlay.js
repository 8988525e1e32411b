/*
 * What a hand is doing, above the map: cells it touches, what will probably become of them, lines, the cursor.
 * An SVG of its own: the map is not painted anew for it. A computer without a graphics card takes tenths of a
 * second for one picture of the map, and everything else on the screen waits that long.
 */

const SVG = "http://www.w3.org/2000/svg";
const KEYS = ["chosen", "fault", "to"]; // what is seen of a cell with several marks: the first

export class Overlay {
  /** `geometryOf(cell)`: GeoJSON geometry of a cell, or undefined. */
  constructor(map, geometryOf) {
    Object.assign(this, { map, geometryOf });
    this.marks = new Map();
    this.lines = [];
    this.point = null;
    this.svg = this.make("svg", "hand-layer", { "aria-hidden": "true" });
    this.cells = this.make("g", "");
    this.trace = this.make("g", "");
    this.dots = this.make("g", "");
    this.svg.append(this.cells, this.trace, this.dots);
    map.getCanvasContainer().after(this.svg);
    map.on("move", () => this.put());
  }

  make(tag, className, attributes = {}) {
    const element = document.createElementNS(SVG, tag);
    if (className) element.setAttribute("class", className);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  /** Mark a cell: `chosen` or `fault` with true, `to` with a class of bands.js. */
  mark(id, key, value = true) {
    this.marks.set(id, { ...this.marks.get(id), [key]: value });
    this.later();
  }

  /** Take one kind of mark from all cells, or from those named. */
  unmark(key, ids = null) {
    for (const [id, mark] of this.marks) {
      if (!(key in mark) || (ids && !ids.has(id))) continue;
      delete mark[key];
      if (Object.keys(mark).length === 0) this.marks.delete(id);
    }
    this.later();
  }

  /** GeoJSON features with a `kind`: brush, line, lasso, fault. */
  draw(features) {
    this.lines = features;
    this.later();
  }

  cursor(place, pressed) {
    this.point = place && { place, pressed };
    this.later();
  }

  later() {
    this.waiting ??= requestAnimationFrame(() => { this.waiting = null; this.render(); });
  }

  /** Paths are built once in pixels from an anchor; when the map moves, only the anchor does. */
  render() {
    const { lng, lat } = this.map.getCenter();
    this.anchor = { place: [lng, lat], zoom: this.map.getZoom(), at: this.map.project([lng, lat]) };
    this.cells.replaceChildren(...[...this.groups()].map(([name, ids]) => this.make("path", `hand hand--${name}`, { d: ids.map((id) => this.path(this.geometryOf(id))).join("") })));
    const lines = this.lines.filter(({ geometry }) => geometry.type !== "Point");
    this.trace.replaceChildren(...lines.flatMap(({ properties: { kind }, geometry }) => (kind === "line" ? ["halo", "line"] : [kind]).map((name) => this.make("path", `hand hand--${name}`, { d: this.path(geometry) }))));
    const faults = this.lines.filter(({ geometry }) => geometry.type === "Point").map(({ geometry }) => this.dot("fault-at", 14, geometry.coordinates));
    this.dots.replaceChildren(...faults, ...(this.point ? [this.dot(this.point.pressed ? "pressed" : "cursor", this.point.pressed ? 6 : 9, this.point.place)] : []));
    this.put();
  }

  /** Name of the look -> cells. */
  groups() {
    const groups = new Map();
    for (const [id, mark] of this.marks) {
      const key = KEYS.find((one) => mark[one]);
      if (!key || !this.geometryOf(id)) continue;
      const name = key === "to" ? `to-${mark.to}` : key;
      if (groups.has(name)) groups.get(name).push(id);
      else groups.set(name, [id]);
    }
    return groups;
  }

  dot(name, radius, place) {
    const dot = this.make("circle", `hand hand--${name}`, { r: radius });
    dot.place = place;
    return dot;
  }

  path({ type, coordinates }) {
    const rings = { LineString: [coordinates], Polygon: coordinates, MultiPolygon: coordinates.flat() }[type];
    const closed = type === "LineString" ? "" : "Z";
    return rings.map((ring) => `M${ring.map((place) => this.pixels(place)).join("L")}${closed}`).join("");
  }

  pixels(place) {
    const { x, y } = this.map.project(place);
    return `${(x - this.anchor.at.x).toFixed(1)} ${(y - this.anchor.at.y).toFixed(1)}`;
  }

  /** Where the map is now. */
  put() {
    if (!this.anchor) return;
    const { x, y } = this.map.project(this.anchor.place);
    const turned = `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${2 ** (this.map.getZoom() - this.anchor.zoom)})`;
    this.cells.setAttribute("transform", turned);
    this.trace.setAttribute("transform", turned);
    for (const dot of this.dots.children) {
      const at = this.map.project(dot.place);
      dot.setAttribute("cx", at.x.toFixed(1));
      dot.setAttribute("cy", at.y.toFixed(1));
    }
  }
}
