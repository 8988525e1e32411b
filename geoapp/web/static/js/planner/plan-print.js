/* A plan on paper: its grids as a drawing with numbers, and the table of figures. */

import { bounds } from "../lib/geo.js";
import { Trouble } from "../lib/http.js";
import { readJson } from "../lib/messages.js";
import { troubleState } from "../widgets/trouble.js";
import { classOf, signText } from "./bands.js";
import { numberOf } from "./grid-table.js";
import { planApi } from "./plan-api.js";
import { middleOf } from "./plan-draw.js";
import { count, decimal, hectares, make, moment, say } from "./words.js";

const WIDE = 1000;
const SVG = "http://www.w3.org/2000/svg";

export default class PlanPrint {
  constructor(root) {
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.api = planApi(readJson("planner-config").id);
    this.load();
  }

  async load() {
    try {
      const [plan, { features }] = await Promise.all([this.api.get(), this.api.get("/grids")]);
      this.part("state").replaceChildren();
      const { band } = plan;
      this.part("facts").textContent = [plan.area.name, say(`state_${plan.state}`), `${say("total_band")} ${band.low}–${band.high}`, moment(new Date().toISOString())].join(" · ");
      this.draw(features, band);
      const names = new Map(plan.communities.map(({ key, name }) => [key, name]));
      this.part("rows").replaceChildren(...features.map(({ properties }) => this.row(properties, names)));
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      this.part("state").replaceChildren(troubleState(trouble, () => this.load()));
    }
  }

  row(figures, names) {
    const row = make("tr");
    row.append(make("th", "", numberOf(figures), { scope: "row" }), make("td", "", names.get(figures.community) ?? ""));
    for (const text of [count(figures.households), signText(figures), count(figures.residents), count(figures.sites), hectares(figures.area), decimal(figures.compactness)]) row.append(make("td", "num", text));
    return row;
  }

  draw(features, band) {
    const [w, s, e, n] = bounds({ coordinates: features.map(({ geometry }) => geometry.coordinates) });
    const scale = WIDE / ((e - w) * Math.cos((s * Math.PI) / 180));
    const at = ([lon, lat]) => [(lon - w) * Math.cos((s * Math.PI) / 180) * scale, (n - lat) * scale].map((v) => v.toFixed(1));
    const map = this.part("map");
    map.setAttribute("viewBox", `-6 -6 ${WIDE + 12} ${((n - s) * scale + 12).toFixed(0)}`);
    const add = (tag, attributes, text = null) => {
      const element = map.appendChild(document.createElementNS(SVG, tag));
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      if (text !== null) element.textContent = text;
    };
    for (const { properties, geometry } of features) {
      const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
      const d = polygons.flat().map((ring) => `M${ring.map((point) => at(point).join(" ")).join("L")}Z`).join("");
      add("path", { d, "fill-rule": "evenodd", "data-class": classOf(properties, band) });
    }
    for (const { properties, geometry } of features) {
      const [x, y] = at(middleOf(geometry));
      add("text", { x, y }, numberOf(properties));
      add("text", { x, y: Number(y) + 14, class: "small" }, `${properties.households} ${signText(properties)}`);
    }
  }
}
