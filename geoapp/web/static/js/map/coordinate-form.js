/* Drawing without a pointer: shape, coordinates, distance. */

import { crossing, degrees, inWorld, parsePoints, PointError } from "../lib/geo.js";
import { withShape } from "../lib/query.js";
import { saveArea } from "./areas.js";
import { say } from "./say.js";
import { store } from "./store.js";
import { sentence } from "../widgets/trouble.js";

const LIMITS = { metres: { low: 1, high: 100_000 }, count: { low: 1, high: 1000 } };

export default class CoordinateForm {
  constructor(form) {
    this.form = form;
    this.dialog = form.closest("dialog");
    this.error = form.querySelector("[data-part=error]");
    form.elements.shape.addEventListener("change", () => this.fields());
    form.addEventListener("submit", (event) => this.send(event));
    document.addEventListener("geoapp:view", (event) => this.centre(event.detail));
    this.fields();
  }

  /** Only the fields the shape needs. */
  fields() {
    for (const part of this.form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(this.form.elements.shape.value);
  }

  centre({ lon, lat }) {
    if (this.dialog.open) return;
    this.form.elements.lon.value = degrees(lon);
    this.form.elements.lat.value = degrees(lat);
  }

  async send(event) {
    event.preventDefault();
    this.say("");
    try {
      const shape = await this.shape();
      this.dialog.close();
      store.update({ query: withShape(store.state.query, shape) });
      this.form.dispatchEvent(new CustomEvent("geoapp:fit-shape", { bubbles: true }));
    } catch (error) {
      this.say(error instanceof PointError ? say("bad_point", { line: error.line, text: error.text }) : error.words ?? sentence(error.kind || "failed", { status: error.status, message: error.detail }));
    }
  }

  async shape() {
    const { shape } = this.form.elements;
    if (shape.value === "circle") return { circle: [...this.point(), this.number("metres")].join(",") };
    if (shape.value === "near") return { near: [...this.point(), this.number("count")].join(",") };
    return shape.value === "polygon" ? this.polygon() : this.line();
  }

  async polygon() {
    const points = this.points(3);
    const ring = [...points, points[0]];
    const fault = crossing(ring);
    if (fault) refuse(`${say("crossing")} ${say("fault_here", { lon: degrees(fault[0]), lat: degrees(fault[1]) })}`);
    return { area: await saveArea({ type: "Polygon", coordinates: [ring] }) };
  }

  async line() {
    const coordinates = this.points(2);
    const within = this.number("metres");
    return { area: await saveArea({ type: "LineString", coordinates }), within };
  }

  points(least) {
    const points = parsePoints(this.form.elements.points.value);
    if (points.length < least) refuse(say("few_points", { n: least }));
    return points;
  }

  point() {
    const { lon, lat } = this.form.elements;
    const point = [lon.value, lat.value].map((text) => (text.trim() === "" ? NaN : Number(text)));
    if (!inWorld(point)) refuse(say("out_of_range"));
    return point.map(degrees);
  }

  number(name) {
    const value = Number(this.form.elements[name].value);
    const { low, high } = LIMITS[name];
    if (!Number.isInteger(value) || value < low || value > high) refuse(say("bad_number", { low, high }));
    return value;
  }

  say(text) {
    this.error.hidden = !text;
    this.error.textContent = text;
  }
}

function refuse(words) {
  throw Object.assign(new Error(words), { words });
}
