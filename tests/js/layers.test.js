import assert from "node:assert/strict";
import { test } from "node:test";

import { layerSource, readLayers, tileAddress, toggled, visibleLayers } from "../../geoapp/web/static/js/lib/layers.js";

const layers = readLayers([
  { register: "regions", geometry: "MultiPolygon", minzoom: 0 }, { register: "buildings", geometry: "MultiPolygon", minzoom: 14 },
  { register: "houses", geometry: "Point", minzoom: 14, legend: [{ value: 1 }] }, { register: "residents", geometry: null, minzoom: 14, symbol: "count" },
]);

test("geometry types become the two kinds the styles know", () => {
  assert.deepEqual(layers.map((layer) => layer.geometry), ["polygon", "polygon", "point", "point"]);
  assert.deepEqual(layers[0].legend, []);
});

test("regions, buildings and the list's own layer are shown unless others are asked for", () => {
  assert.deepEqual(visibleLayers(layers, { register: "houses", layers: null }), ["regions", "buildings", "houses"]);
  assert.deepEqual(visibleLayers(layers, { register: "houses", layers: [] }), ["houses"]);
  assert.deepEqual(visibleLayers(layers, { register: "houses", layers: ["residents", "unknown"] }), ["houses", "residents"]);
});

test("a switch adds or takes one layer and keeps the order of the declaration", () => {
  const state = { register: "houses", layers: null };
  assert.deepEqual(toggled(layers, state, "buildings", false), ["regions", "houses"]);
  assert.deepEqual(toggled(layers, state, "residents", true), ["regions", "buildings", "houses", "residents"]);
});

test("only the list's own tiles carry the query, and without its order", () => {
  const state = { register: "houses", query: [["status", "3"], ["sort", "number"]], layers: null };
  assert.equal(tileAddress("http://h", "houses", state), "http://h/tiles/houses/{z}/{x}/{y}.mvt?status=3");
  assert.equal(tileAddress("http://h", "buildings", state), "http://h/tiles/buildings/{z}/{x}/{y}.mvt");
  const past = { ...state, query: [["as_of", "2026-01-31"], ["status", "3"]] };
  assert.equal(tileAddress("http://h", "regions", past), "http://h/tiles/regions/{z}/{x}/{y}.mvt?as_of=2026-01-31");
});

test("people have no tiles below the zoom of single houses (D3.4)", () => {
  const state = { register: "houses", query: [], layers: null };
  assert.equal(layerSource("", layers[3], state).minzoom, 14);
  assert.equal(layerSource("", layers[2], state).minzoom, 0);
});
