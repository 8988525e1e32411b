/* Layers with their switches and legends, built from /layers.json; colour, shape and word together. */

import { toggled, visibleLayers } from "../lib/layers.js";
import { valueOf, withValue } from "../lib/query.js";
import { say } from "./say.js";
import { store } from "./store.js";

const ORIGINS = ["official", "osm", "derived", "synthetic", "entered"];

export class LayerPanel {
  /** `places` are the elements that show it: the panel and the legend of the wall. */
  constructor(panel, wall, layers, symbols) {
    this.panel = panel;
    this.wall = wall;
    this.layers = layers;
    this.symbols = symbols;
    panel.addEventListener("change", (event) => this.change(event.target));
    store.addEventListener("change", () => this.draw());
    this.draw();
  }

  change(box) {
    store.update({ layers: toggled(this.layers, store.state, box.value, box.checked) }, "replace");
  }

  draw() {
    const shown = visibleLayers(this.layers, store.state);
    const focused = document.activeElement?.closest?.("[data-layer-switch]")?.value;
    const list = element("div", "layers");
    for (const layer of this.layers) list.append(this.layer(layer, shown.includes(layer.register)));
    list.append(this.ground());
    this.panel.replaceChildren(list);
    if (focused) this.panel.querySelector(`[data-layer-switch][value=${focused}]`)?.focus();
    const seen = this.layers.filter((layer) => shown.includes(layer.register) && layer.legend.length);
    this.wall.replaceChildren(...seen.map((layer) => this.legend(layer, element("p", "legend__title", layer.title))), this.ground());
  }

  layer(layer, on) {
    const own = layer.register === store.state.register;
    const block = element("div", "layer");
    const head = block.appendChild(element("label", "layer__head"));
    const box = Object.assign(document.createElement("input"), { type: "checkbox", value: layer.register, checked: on, disabled: own });
    box.dataset.layerSwitch = "";
    head.append(box, element("span", "", layer.title));
    if (own) head.append(element("small", "", say("active_layer")));
    if (on) block.append(this.legend(layer));
    if (on && layer.register === "regions") block.append(this.day());
    return block;
  }

  /** The day whose boundaries are shown. */
  day() {
    const line = element("label", "layer__day", say("as_of"));
    const input = line.appendChild(Object.assign(document.createElement("input"), { type: "date", value: valueOf(store.state.query, "as_of") || "" }));
    input.dataset.part = "as-of";
    input.addEventListener("change", () => store.update({ query: withValue(store.state.query, "as_of", input.value) }));
    if (input.value) line.append(element("small", "legend__note", say("as_of_note")));
    return line;
  }

  legend(layer, title = null) {
    const list = element("ul", "legend");
    for (const { label, mark, shape, colour } of layer.legend) {
      const item = list.appendChild(document.createElement("li"));
      item.append(this.symbol(shape, colour), element("span", "", mark ? `${label} (${mark})` : label));
    }
    if (layer.geometry === "point") list.append(element("li", "legend__note", say(layer.symbol === "count" ? "people" : "cells")));
    if (!title) return list;
    const block = element("div", "layer");
    block.append(title, list);
    return block;
  }

  symbol(shape, colour) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [name, value] of Object.entries({ class: "symbol", viewBox: "0 0 16 16", color: colour, "aria-hidden": "true" })) svg.setAttribute(name, value);
    const use = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "use"));
    use.setAttribute("href", `${this.symbols}#shape-${shape}`);
    return svg;
  }

  /** What the hatch means, and the marks of where data comes from. */
  ground() {
    const block = element("div", "layer");
    const list = block.appendChild(element("ul", "legend legend--ground"));
    const none = list.appendChild(document.createElement("li"));
    none.append(element("span", "swatch swatch--nodata"), element("span", "", say("no_data")));
    list.append(element("li", "legend__note", say("no_data_note")));
    list.append(element("li", "legend__note legend__subtitle", say("origin")));
    for (const origin of ORIGINS) {
      const item = list.appendChild(document.createElement("li"));
      item.append(element("span", `origin-mark origin-mark--${origin}`), element("span", "", say(`origin_${origin}`)));
    }
    return block;
  }
}

function element(tag, className, text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}
