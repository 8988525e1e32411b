import assert from "node:assert/strict";
import test from "node:test";

import { pieces, stretch, tally } from "../../geoapp/web/static/js/lib/ticks.js";
import { countedSources } from "../../geoapp/web/static/js/map/row-styles.js";

test("a stretch of rows goes either way and holds both ends", () => {
  assert.deepEqual(stretch(2, 5), [2, 3, 4, 5]);
  assert.deepEqual(stretch(5, 2), [2, 3, 4, 5]);
  assert.deepEqual(stretch(3, 3), [3]);
});

test("the box above the rows knows none, some and all; none of none is not all", () => {
  assert.deepEqual(tally([false, false]), { n: 0, all: false, some: false });
  assert.deepEqual(tally([true, false]), { n: 1, all: false, some: true });
  assert.deepEqual(tally([true, true]), { n: 2, all: true, some: false });
  assert.deepEqual(tally([]), { n: 0, all: false, some: false });
});

test("a long choice goes in pieces, in its order, and loses nobody", () => {
  assert.deepEqual(pieces([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]]);
  assert.deepEqual(pieces([], 2), []);
});

test("the number of an area stands in it once", () => {
  const area = { type: "Feature", geometry: { type: "Polygon", coordinates: [] }, properties: { label: "<5", at: [116.3, 39.9] } };
  const { numbers } = countedSources({ features: [area] });
  assert.deepEqual(numbers.data.features.map(({ geometry, properties }) => [geometry.coordinates, properties.label]), [[[116.3, 39.9], "<5"]]);
});
