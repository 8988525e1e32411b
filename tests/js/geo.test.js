import assert from "node:assert/strict";
import { test } from "node:test";

import {
  boxRing, bounds, circleRing, crossing, degrees, distance, inWorld, parseBox, parsePoints, pathLength, PointError, ringArea, ringCentre, ringRadius,
} from "../../geoapp/web/static/js/lib/geo.js";

const near = (a, b, part) => assert.ok(Math.abs(a - b) <= Math.abs(b) * part, `${a} is not near ${b}`);

test("a degree of longitude at 40° is 85.39 km, within half a percent (WGS84 tables)", () => {
  near(distance([116, 40], [117, 40]), 85_394, 0.005);
});

test("a degree of latitude is 111.04 km near Beijing, within half a percent", () => {
  near(distance([116, 39.5], [116, 40.5]), 111_035, 0.005);
});

test("a path is as long as its parts", () => {
  const points = [[116, 40], [116.01, 40], [116.01, 40.01]];
  near(pathLength(points), distance(points[0], points[1]) + distance(points[1], points[2]), 1e-9);
  assert.equal(pathLength([[1, 1]]), 0);
});

test("a box of a hundredth of a degree at 40° has 0.948 km², within one percent", () => {
  near(ringArea(boxRing([116, 40, 116.01, 40.01])), 948_000, 0.01);
});

test("every point of a circle lies at its radius, and its centre is found again", () => {
  const ring = circleRing([116.32, 40.0], 500);
  assert.deepEqual(ring[0], ring.at(-1));
  for (const point of ring) near(distance([116.32, 40.0], point), 500, 1e-6);
  const [lon, lat] = ringCentre(ring);
  assert.ok(Math.abs(lon - 116.32) < 1e-6 && Math.abs(lat - 40) < 1e-6);
  near(ringRadius(ring), 500, 1e-3);
});

test("a bow tie crosses in its middle", () => {
  assert.deepEqual(crossing([[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]), [1, 1]);
});

test("squares and triangles do not cross; neighbours that share a corner do not count", () => {
  assert.equal(crossing(boxRing([0, 0, 1, 1])), null);
  assert.equal(crossing([[0, 0], [1, 0], [0, 1], [0, 0]]), null);
});

test("boxes are read from text, and refused when they are none", () => {
  assert.deepEqual(parseBox("116.1,39.9,116.2,40"), [116.1, 39.9, 116.2, 40]);
  for (const bad of [null, "", "1,2,3", "1,2,3,x", "3,2,1,4"]) assert.equal(parseBox(bad), null);
});

test("bounds reach over all parts of a geometry", () => {
  assert.deepEqual(bounds({ type: "MultiPolygon", coordinates: [[boxRing([0, 1, 2, 3])], [boxRing([5, -1, 6, 0])]] }), [0, -1, 6, 3]);
  assert.deepEqual(bounds({ type: "LineString", coordinates: [[3, 4], [1, 9]] }), [1, 4, 3, 9]);
});

test("points are read line by line, with Chinese commas too", () => {
  assert.deepEqual(parsePoints("116.3,40.0\n\n 116.4，40.1 \n116.5 40.2"), [[116.3, 40], [116.4, 40.1], [116.5, 40.2]]);
});

for (const [text, line] of [["116.3,40\nabc", 2], ["116.3", 1], ["116.3,40,5", 1], ["40.0,116.3", 1], ["200,0", 1]]) {
  test(`the points ${JSON.stringify(text)} are refused at line ${line}`, () => {
    assert.throws(() => parsePoints(text), (error) => error instanceof PointError && error.line === line);
  });
}

test("the map ends at 180° and 85°", () => {
  assert.ok(inWorld([180, 85]));
  for (const point of [[181, 0], [0, 86], [NaN, 0]]) assert.ok(!inWorld(point));
});

test("degrees are written with six digits at most", () => {
  assert.equal(degrees(116.3200000001), "116.32");
  assert.equal(degrees(-0.1234567), "-0.123457");
});
