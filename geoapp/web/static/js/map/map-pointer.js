/* Pointer on the map: hover marks, a tap opens, several records ask which, the region tool picks. */

import { decide, distinct } from "../lib/hits.js";
import { openedBy } from "../lib/layers.js";
import { withValue } from "../lib/query.js";
import { codeOf } from "../lib/regions.js";
import { Chooser } from "./chooser.js";
import { say } from "./say.js";
import { store } from "./store.js";

const FINGER = 12;
const MOUSE = 3;

export class MapPointer {
  constructor(root, view, { layers, highlight, tools }) {
    this.root = root;
    this.view = view;
    this.tools = tools;
    this.highlight = highlight;
    this.chooser = new Chooser(root.querySelector("[data-part=chooser]"), layers, (hit) => this.open(hit));
    this.reach = matchMedia("(pointer: coarse)").matches ? FINGER : MOUSE;
    view.map.on("click", (event) => this.click(event));
    view.map.on("movestart", () => this.chooser.close());
    if (matchMedia("(hover: hover)").matches) this.listenHover();
  }

  listenHover() {
    let waiting = null;
    this.view.map.on("mousemove", ({ point }) => {
      waiting ??= requestAnimationFrame(() => { waiting = null; this.hover(this.last); });
      this.last = point;
    });
    this.view.map.on("mouseout", () => this.highlight.set("hover", null));
  }

  hover(point) {
    if ((this.tools.active && this.tools.active !== "pick") || this.view.map.isMoving()) return;
    const hits = distinct(this.view.recordsAt(point, MOUSE));
    const hit = this.tools.active === "pick" ? smallest(hits) : first(hits, store.state.register);
    this.view.map.getCanvas().style.cursor = hit ? "pointer" : "";
    const before = this.highlight.marked.hover;
    if (hit ? before?.id === String(hit.id) && before.register === hit.register : before === null) return;
    const place = hit && hit.geometry.type === "Point" ? hit.geometry.coordinates : null;
    this.highlight.set("hover", hit ? { register: hit.register, id: String(hit.id), place } : null);
  }

  click({ point, lngLat, originalEvent }) {
    if (this.tools.active === "pick") this.pick(point);
    if (this.tools.active === "point") this.tools.pointed(lngLat);
    if (this.tools.active) return;
    const reach = originalEvent.pointerType === "touch" ? FINGER : this.reach;
    const features = this.view.recordsAt(point, reach);
    const cell = features.find(({ properties, id }) => properties.n !== undefined && id === undefined);
    const found = decide(features, store.state.register);
    if (found?.open) this.open(found.open);
    else if (found?.choose) this.chooser.open(found.choose, found.more, point);
    else if (cell) this.view.go({ lon: lngLat.lng, lat: lngLat.lat, zoom: this.view.view().zoom + 2 });
  }

  /** A house with residents on it stands for the house: people are never points (D3.4). */
  open(hit) {
    const register = openedBy(hit.register);
    store.update({ selected: { register, id: String(hit.id) } });
  }

  pick(point) {
    const region = smallest(distinct(this.view.recordsAt(point, 0)));
    if (!region) {
      this.tools.bar.hint(say("no_region_here"), true);
      return;
    }
    const code = codeOf(region.id, region.properties.level);
    this.tools.stop();
    store.update({ query: withValue(store.state.query, "region", code) });
  }
}

/** What hovering means: the list's own records first, then any other but regions. */
function first(hits, register) {
  return hits.find((hit) => hit.register === register) ?? hits.find((hit) => hit.register !== "regions") ?? null;
}

/** The lowest region of the tree among hits. */
function smallest(hits) {
  const regions = hits.filter((hit) => hit.register === "regions");
  return regions.reduce((best, hit) => (best && best.properties.level >= hit.properties.level ? best : hit), null);
}
