import assert from "node:assert/strict";
import { test } from "node:test";

import { cellImage, countText, diameter, nearestTile, readCellImage, shares } from "../../geoapp/web/static/js/lib/cells.js";

const sum = (list) => list.reduce((a, b) => a + b, 0);

test("slices always make the whole ring, and what occurs is seen", () => {
  for (const counts of [[1, 1, 1, 1], [1000, 1, 1, 1], [0, 5, 0, 0], [7, 11, 13, 17], [3, 3, 3, 0], [1, 1, 1, 1, 1, 1, 1, 1, 1, 100]]) {
    const parts = shares(counts);
    assert.equal(sum(parts), 12, counts);
    counts.forEach((n, i) => assert.equal(n > 0, parts[i] > 0, `${counts} → ${parts}`));
  }
});

test("half and half is half and half", () => assert.deepEqual(shares([6, 0, 6]), [6, 0, 6]));
test("nothing has no slices", () => assert.deepEqual(shares([0, 0]), [0, 0]));

test("the name of a cell's image is read as it was written", () => {
  assert.deepEqual(readCellImage("cell|houses|3|12,0,0,1"), { register: "houses", size: 3, shares: [11, 0, 0, 1] });
  assert.deepEqual(readCellImage("cell|buildings|0|"), { register: "buildings", size: 0, shares: [] });
  assert.equal(readCellImage("point|circle|#fff|#000"), null);
});

test("more records make a larger circle", () => {
  const sizes = [0, 1, 2, 3, 4].map(diameter);
  assert.deepEqual(sizes, [...sizes].sort((a, b) => a - b));
});

test("the image expression names register and every category", () => {
  const text = JSON.stringify(cellImage("sites", [0, 1, 2, 3]));
  for (const part of ["cell|sites|", "c0", "c1", "c2", "c3"]) assert.ok(text.includes(part), part);
});

test("large counts are shortened in the reader's own way", () => {
  assert.ok(JSON.stringify(countText("zh-CN")).includes("万"));
  assert.ok(JSON.stringify(countText("en")).includes('"k"'));
});

test("cells come from tiles one zoom further out, so that a circle has its 32 pixels", () => {
  assert.equal(nearestTile(13.9, 14, 1, 16), 12);
  assert.equal(nearestTile(14, 14, 1, 16), 16);
  assert.equal(nearestTile(0.3, 14, 1, 16), 0);
  assert.equal(nearestTile(12, 14, 2.6, 16), 10);
  assert.equal(nearestTile(14.9, 14, 2.6, 16), 12);
  assert.equal(nearestTile(15, 14, 2.6, 16), 16);
  for (const [zoom, scale] of [[12, 1], [12.9, 1], [10, 2], [11.5, 2.6]]) {
    const width = (512 * 2 ** (zoom - nearestTile(zoom, 14, scale, 16))) / 32;
    assert.ok(width >= diameter(4) * scale * 0.75, `${width} pixels at ${zoom}`);
  }
});
