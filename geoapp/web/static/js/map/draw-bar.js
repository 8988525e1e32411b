/* The bar over the map while a tool is in use: what to do, how large it is, a number where one is needed. */

import { pathLength, ringArea, ringRadius } from "../lib/geo.js";
import { areaText, metresText } from "../lib/measure.js";
import { locale, say } from "./say.js";

const NUMBERS = {
  line: { label: "distance", unit: "metres", value: 100, low: 1, high: 100_000 },
  near: { label: "number", unit: "items", value: 20, low: 1, high: 1000 },
};
const BY_POINTS = ["polygon", "line"];

export class DrawBar {
  constructor(element) {
    this.element = element;
    this.part = (name) => element.querySelector(`[data-part=${name}]`);
    this.button = (name) => element.querySelector(`[data-action=draw-${name}]`);
  }

  open(tool) {
    const touch = matchMedia("(pointer: coarse)").matches && BY_POINTS.includes(tool);
    this.hint(say(touch ? "tool_touch" : `tool_${tool}`));
    this.progress(tool, null, false);
    this.openNumber(NUMBERS[tool]);
    for (const name of ["undo", "finish"]) this.button(name).hidden = !BY_POINTS.includes(tool);
    this.element.hidden = false;
  }

  openNumber(number) {
    this.part("draw-field").hidden = !number;
    if (!number) return;
    this.part("draw-field-label").textContent = say(number.label);
    this.part("draw-unit").textContent = say(number.unit);
    Object.assign(this.part("draw-number"), { value: number.value, min: number.low, max: number.high });
  }

  close() {
    this.element.hidden = true;
  }

  hint(text, bad = false) {
    this.part("draw-hint").textContent = text;
    this.element.classList.toggle("drawbar--bad", bad);
    this.element.hidden = false;
  }

  progress(tool, geometry, canUndo) {
    for (const name of ["undo", "finish"]) this.button(name).disabled = !canUndo;
    this.part("draw-measure").textContent = tool && geometry ? measure(tool, geometry) : "";
  }

  /** The number a tool needs; undefined where it needs none, null (and a hint) where it is wrong. */
  number(tool) {
    const limits = NUMBERS[tool];
    if (!limits) return undefined;
    const value = Number(this.part("draw-number").value);
    if (Number.isInteger(value) && value >= limits.low && value <= limits.high) return value;
    this.hint(say("bad_number", limits), true);
    return null;
  }
}

function measure(tool, { coordinates }) {
  if (tool === "line") return say("length", { m: metresText(pathLength(coordinates), locale) });
  if (tool === "circle") return say("radius", { m: metresText(ringRadius(coordinates[0]), locale) });
  if (tool === "polygon") return say("area", { a: areaText(ringArea(coordinates[0]), locale), m: metresText(pathLength(coordinates[0]), locale) });
  return "";
}
