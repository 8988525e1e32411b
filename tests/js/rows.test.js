import assert from "node:assert/strict";
import test from "node:test";

import { boxOf } from "../../geoapp/web/static/js/lib/rows.js";
import { rowLayers } from "../../geoapp/web/static/js/map/row-styles.js";

const feature = (type, coordinates) => ({ type: "Feature", geometry: { type, coordinates }, properties: {} });

test("the box of points and outlines", () => {
  const features = [feature("Point", [116.3, 39.9]), feature("MultiPolygon", [[[[116.2, 39.8], [116.25, 39.95], [116.2, 39.8]]]])];
  assert.deepEqual(boxOf({ features }), [116.2, 39.8, 116.3, 39.95]);
  assert.equal(boxOf({ features: [] }), null);
});

test("each choice has its colour, all beyond the last one's", () => {
  const [area] = rowLayers({ colours: {}, font: [], scale: 1 }, ["red", "green", "blue"]);
  assert.deepEqual(area.paint["fill-color"], ["match", ["get", "n"], 0, "red", 1, "green", "blue"]);
});
