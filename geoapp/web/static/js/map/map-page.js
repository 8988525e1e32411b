/* The map page: starts its parts and passes changes of the state between them. */

import { firstShown } from "../lib/cells.js";
import { ask, Trouble } from "../lib/http.js";
import { readLayers } from "../lib/layers.js";
import { readJson } from "../lib/messages.js";
import { formatView, forRegister, valueOf, withValue } from "../lib/query.js";
import { parseBox, bounds } from "../lib/geo.js";
import { tellTrouble, troubleState } from "../widgets/trouble.js";
import { readArea } from "./areas.js";
import { Banner } from "./banner.js";
import { BottomSheet } from "./bottom-sheet.js";
import { Breakdown } from "./breakdown.js";
import { DetailPanel, recordOf } from "./detail-panel.js";
import { FilterDrawer } from "./filter-drawer.js";
import { Highlight, placeOf } from "./highlight.js";
import { LayerPanel } from "./layer-panel.js";
import { ListPanel } from "./list-panel.js";
import { MapPointer } from "./map-pointer.js";
import { openMap } from "./open-map.js";
import { Panels } from "./panels.js";
import { Progress } from "./progress.js";
import { say } from "./say.js";
import { shapeOfQuery } from "./shape-of-query.js";
import { Shortcuts } from "./shortcuts.js";
import { store, Store } from "./store.js";
import { ToolBar } from "./tool-bar.js";

const WALL_REFRESH_MS = 60_000;

export default class MapPage {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.config = readJson("map-config");
    this.progress = new Progress(this.part("progress"));
    this.banner = new Banner(this.part("banner"), () => this.refresh());
    this.list = new ListPanel(this.part("list"), this.progress);
    this.detail = new DetailPanel(root, this.progress);
    this.sheet = new BottomSheet(root);
    this.panels = new Panels(root);
    this.filter = new FilterDrawer(root);
    this.breakdown = new Breakdown(root);
    this.highlight = new Highlight(null, this.part("list"));
    this.listen();
    this.start();
  }

  /** List and map are asked for at the same time; a map that cannot be drawn leaves the list. */
  async start() {
    this.list.load();
    this.showRegister();
    if (store.state.selected) this.openDetail(store.state.selected);
    try {
      const declared = await (await ask("/layers.json", { accept: "application/json" })).json();
      this.layers = readLayers(declared);
      this.view = openMap(this.part("map"), this.layers, this.config);
    } catch (trouble) {
      const shown = trouble instanceof Trouble ? troubleState(trouble, () => location.reload()) : troubleState(new Trouble("refused", 0, say("map_failed")), null);
      this.part("map").replaceChildren(shown);
      if (!(trouble instanceof Trouble) && trouble.name !== "NoCanvas") throw trouble;
      return;
    }
    this.startMap();
  }

  startMap() {
    const { view } = this;
    this.highlight.view = view;
    this.tools = new ToolBar(this.root, view, this);
    this.pointer = new MapPointer(this.root, view, { layers: this.layers, highlight: this.highlight, tools: this.tools });
    this.layerPanel = new LayerPanel(this.part("layers"), this.part("wall-legend"), this.layers, document.querySelector("use").getAttribute("href").split("#")[0]);
    view.map.on("moveend", () => this.moved());
    view.map.on("error", ({ error }) => this.banner.tileError(error));
    view.map.on("dataloading", () => { this.tilesDone ??= this.progress.begin(); });
    view.map.on("idle", () => { this.tilesDone?.(); this.tilesDone = undefined; this.root.dataset.idle = "true"; });
    document.addEventListener("geoapp:theme", () => view.restyle());
    setInterval(() => { if (document.documentElement.dataset.theme === "wall" && !document.hidden) this.refresh(); }, WALL_REFRESH_MS);
    this.showShape();
    if (!store.state.view) this.fitQuery();
    this.moved();
  }

  listen() {
    store.addEventListener("change", ({ detail }) => this.changed(detail));
    this.list.addEventListener("loaded", ({ detail }) => this.listed(detail));
    this.detail.addEventListener("loaded", ({ detail }) => this.detailed(detail));
    this.detail.addEventListener("changed", () => this.refresh());
    this.root.addEventListener("click", (event) => this.click(event));
    this.root.addEventListener("geoapp:found", ({ detail }) => this.found(detail));
    this.root.addEventListener("geoapp:opened", () => this.sheet.set("full"));
    document.addEventListener("geoapp:fit-shape", () => this.fitShape());
    const rows = this.part("list");
    const hover = ({ target }) => this.hoverRow(target.closest(".row"));
    rows.addEventListener("pointerover", (event) => { if (event.pointerType === "mouse") hover(event); });
    rows.addEventListener("focusin", hover);
    rows.addEventListener("pointerleave", () => this.highlight.set("hover", null));
    this.shortcuts = new Shortcuts({ ...this.keys(), ...this.toolKeys() });
  }

  keys() {
    const focus = (selector) => () => this.root.querySelector(selector)?.focus();
    return {
      help: () => document.getElementById("shortcuts").showModal(),
      search: focus("#search-q"), filter: () => this.filter.toggle(),
      list: () => { this.panels.open("list"); focus("[data-part=list] .row__link[tabindex='0']")(); },
      regions: () => { this.panels.open("side"); focus(".tree [role=treeitem][tabindex='0']")(); },
      map: () => this.view?.map.getCanvas().focus(),
      escape: () => { if (store.state.selected) this.closeDetail(); else this.filter.close(); },
      "clear-shape": () => this.tools?.clear(),
    };
  }

  toolKeys() {
    return Object.fromEntries(["view", "polygon", "circle", "line", "near", "pick"].map((tool) => [`tool:${tool}`, () => this.tools?.toggle(tool)]));
  }

  changed({ state, before, queryChanged, fromHistory }) {
    if (queryChanged) {
      this.list.load();
      this.showRegister();
      this.showShape();
    }
    if (queryChanged || state.layers !== before.layers) this.view?.show(state);
    if (key(state.selected) !== key(before.selected)) this.openDetail(state.selected);
    if (fromHistory && state.view && (!before.view || formatView(state.view) !== formatView(before.view))) this.jump(state.view);
    const region = valueOf(state.query, "region");
    if (!fromHistory && region && region !== valueOf(before.query, "region")) this.fitRegion(region);
  }

  jump({ lon, lat, zoom }) {
    this.settingView = true;
    this.view?.map.jumpTo({ center: [lon, lat], zoom });
    this.settingView = false;
  }

  /** Buttons, addresses of files and the tree's link follow the register and the query. */
  showRegister() {
    const { register, query } = store.state;
    for (const button of this.root.querySelectorAll("[data-register-choice]")) button.setAttribute("aria-pressed", String(button.dataset.registerChoice === register));
    for (const link of this.part("exports").querySelectorAll("[data-format]")) link.href = Store.list(register, query, `/export.${link.dataset.format}`);
    this.root.querySelector("[data-action=clear-region]").hidden = valueOf(query, "region") === null;
    this.zoomHint();
  }

  async showShape(extra = []) {
    if (!this.view) return;
    try {
      const shapes = await shapeOfQuery(store.state.query, readArea);
      this.view.setShapes({ ...shapes, features: [...shapes.features, ...extra] });
    } catch (trouble) {
      tellTrouble(trouble.kind || "failed", { status: trouble.status, message: trouble.detail });
    }
  }

  listed({ rows, count, note, formats }) {
    this.filter.offer(rows);
    this.part("exports").hidden = !formats.some(Boolean);
    for (const link of this.part("exports").querySelectorAll("[data-format]")) link.hidden = !formats.includes(link.dataset.format);
    for (const name of ["summary", "wall-count", "announce"]) this.part(name).textContent = count;
    this.part("wall-note").textContent = note;
    for (const kind of ["hover", "selected"]) this.highlight.rows(kind);
    document.dispatchEvent(new CustomEvent("geoapp:updated", { detail: { at: new Date() } }));
  }

  announce(text) {
    this.part("announce").textContent = text;
  }

  openDetail(selected) {
    this.highlight.set("selected", selected);
    this.sheet.show(selected ? "detail" : "list");
    if (selected) this.sheet.raise();
    this.panels.detail(Boolean(selected));
    this.detail.show(selected, !this.byPointer);
    this.byPointer = false;
  }

  detailed({ selected, place, label }) {
    this.highlight.set("selected", { ...selected, place });
    this.announce(say("selected", { label }));
    if (place && this.view && !this.view.sees(place)) this.locate();
  }

  closeDetail() {
    const { selected } = store.state;
    store.update({ selected: null });
    this.part("list").querySelector(`[data-record="${key(selected)}"]`)?.focus();
  }

  locate() {
    const place = this.highlight.marked.selected?.place;
    if (place) this.view?.go({ lon: place[0], lat: place[1], zoom: Math.max(16, this.view.view().zoom) });
  }

  hoverRow(row) {
    const same = row && this.highlight.marked.hover?.id === row.dataset.id;
    if (!same) this.highlight.set("hover", row ? { register: row.dataset.register, id: row.dataset.id, place: placeOf(row) } : null);
  }

  found({ register, id, code, lon, lat }) {
    if (register === "regions") store.update({ query: withValue(store.state.query, "region", code) });
    else store.update({ selected: { register, id } });
    if (lon !== undefined && register !== "regions") this.view?.go({ lon: Number(lon), lat: Number(lat), zoom: Math.max(17, this.view.view().zoom) });
  }

  click(event) {
    const record = event.target.closest("[data-record]");
    const choice = event.target.closest("[data-register-choice]");
    const action = event.target.closest("[data-action]")?.dataset.action;
    if (record && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.byPointer = event.detail > 0;
      store.update({ selected: recordOf(record.getAttribute("href")) });
    } else if (choice) {
      store.update({ register: choice.dataset.registerChoice, query: forRegister(store.state.query), selected: null });
    } else if (action) {
      this.act(action, event.target.closest("[data-action]"));
    }
  }

  act(action, element) {
    const run = {
      "close-detail": () => this.closeDetail(), locate: () => this.locate(), "copy-link": () => this.panels.copyLink(),
      "zoom-in": () => this.view?.map.zoomIn(), "zoom-out": () => this.view?.map.zoomOut(), home: () => this.goHome(),
      "clear-region": () => store.update({ query: withValue(store.state.query, "region") }), fit: () => this.fitBox(element.dataset.extent),
    }[action];
    run?.();
  }

  goHome() {
    const { home, centre, zoom } = this.config;
    if (home) this.view?.fit(home);
    else this.view?.go({ lon: centre[0], lat: centre[1], zoom });
  }

  fitBox(text) {
    const box = parseBox(text);
    if (box) this.view?.fit(box);
  }

  /** Where nothing says how to look at it, look at what is asked for. */
  fitQuery() {
    const region = valueOf(store.state.query, "region");
    if (region) this.fitRegion(region);
    else this.fitShape();
  }

  async fitRegion(code) {
    try {
      const { bbox } = await (await ask(`/regions/${code}.json`, { accept: "application/json" })).json();
      this.fitBox(bbox);
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble; // the list says what is wrong with the region
    }
  }

  async fitShape() {
    const { features } = await shapeOfQuery(store.state.query, readArea).catch(() => ({ features: [] }));
    const areas = features.filter(({ geometry }) => geometry.type !== "Point");
    if (areas.length) this.view?.fit(bounds(areas[0].geometry));
  }

  moved() {
    const view = this.view.view();
    store.update({ view }, "replace");
    document.dispatchEvent(new CustomEvent("geoapp:view", { detail: view }));
    this.zoomHint();
  }

  /** Below the zoom of single records the map counts; say so. */
  zoomHint() {
    const layer = this.layers?.find(({ register }) => register === store.state.register);
    const far = Boolean(layer && this.view && layer.geometry && this.view.view().zoom < firstShown(layer.minzoom, this.view.palette.scale));
    this.part("zoom-hint").hidden = !far;
    if (far) this.part("zoom-hint").querySelector("span").textContent = say("zoom_hint", { title: layer.title });
  }

  refresh() {
    this.list.load();
    this.view?.reload();
  }
}

function key(selected) {
  return selected ? `${selected.register}:${selected.id}` : "";
}
