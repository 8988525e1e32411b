import assert from "node:assert/strict";
import { test } from "node:test";

import { readLayers } from "../../geoapp/web/static/js/lib/layers.js";
import { shapeOfQuery } from "../../geoapp/web/static/js/map/shape-of-query.js";
import { buildStyle } from "../../geoapp/web/static/js/map/style.js";

const legend = [{ value: 0, label: "无数据", colour: "#999999", shape: "ring" }, { value: 1, label: "出租", colour: "#b4692a", shape: "diamond" }];
const layers = readLayers([
  { register: "regions", geometry: "MultiPolygon", minzoom: 0, legend, symbol: "polygon" }, { register: "buildings", geometry: "MultiPolygon", minzoom: 14, legend, symbol: "polygon" },
  { register: "houses", geometry: "Point", minzoom: 14, legend, symbol: "circle" }, { register: "residents", geometry: null, minzoom: 14, symbol: "count" },
]);
const palette = { colours: new Proxy({}, { get: () => "#123456" }), font: ["Noto Sans CJK SC"], scale: 1, dark: false };
const build = (state) => buildStyle({ origin: "http://h", palette, locale: "zh-CN", layers, state: { register: "houses", layers: null, query: [], ...state } });
const ids = (style) => style.layers.map(({ id }) => id);

test("no letters, pictures or tiles from anywhere but our own server", () => {
  const style = build({});
  assert.equal(style.glyphs, undefined);
  assert.equal(style.sprite, undefined);
  const addresses = JSON.stringify(style).match(/https?:\/\/[^"/]+/g);
  assert.deepEqual([...new Set(addresses)], ["http://h"]);
});

test("the hatch of “no data” lies under everything and coverage covers it", () => {
  const [, hatch, coverage] = ids(build({}));
  assert.deepEqual([hatch, coverage], ["base-nodata-hatch", "base-coverage"]);
});

test("the same input gives the same style, so that a change only changes what differs", () => {
  assert.deepEqual(build({}), build({}));
  assert.deepEqual(ids(build({ layers: [] })), ids(build({})));
});

test("hidden layers are hidden and the list's own is not", () => {
  const style = build({ layers: [] });
  const visible = (id) => style.layers.find((layer) => layer.id === id).layout.visibility;
  assert.equal(visible("houses-point"), "visible");
  assert.equal(visible("buildings-fill"), "none");
});

test("a resident has no symbol of their own, only counts at a house (D3.4)", () => {
  assert.deepEqual(ids(build({ layers: ["residents"] })).filter((id) => id.startsWith("residents")), ["residents-cell"]);
});

test("every category of a point layer has colour and shape", () => {
  const image = JSON.stringify(build({}).layers.find(({ id }) => id === "houses-point").layout["icon-image"]);
  for (const { colour, shape } of legend) assert.ok(image.includes(`point|${shape}|${colour}`), shape);
});

test("layer ids are unique and every layer's source exists", () => {
  const style = build({});
  assert.equal(new Set(ids(style)).size, style.layers.length);
  for (const { id, source } of style.layers) assert.ok(source === undefined || style.sources[source], id);
});

test("a link shows the shape it means", async () => {
  const types = async (query) => (await shapeOfQuery(query, async () => ({ type: "LineString", coordinates: [[1, 2], [3, 4]] }))).features.map(({ geometry }) => geometry.type);
  assert.deepEqual(await types([["bbox", "1,2,3,4"]]), ["Polygon"]);
  assert.deepEqual(await types([["circle", "116,40,300"]]), ["Polygon", "Point"]);
  assert.deepEqual(await types([["near", "116,40,20"]]), ["Point"]);
  assert.deepEqual(await types([["area", "abc"], ["within", "100"]]), ["LineString"]);
  assert.deepEqual(await types([["circle", "x"], ["bbox", "9,9,1,1"], ["region", "1101"]]), []);
});
