import assert from "node:assert/strict";
import { test } from "node:test";

import { moveTo } from "../../geoapp/web/static/js/lib/grid-moves.js";

const x = true, o = false;
// two entrances: three storeys with two columns, and three storeys with one
const grid = [
  [[x, x], [x, o], [x, x]],
  [[o], [x], [x]],
];
const at = (table, row, column) => ({ table, row, column });

test("arrows move by one unit", () => {
  assert.deepEqual(moveTo(grid, at(0, 0, 0), "ArrowRight"), at(0, 0, 1));
  assert.deepEqual(moveTo(grid, at(0, 0, 1), "ArrowLeft"), at(0, 0, 0));
  assert.deepEqual(moveTo(grid, at(0, 0, 0), "ArrowDown"), at(0, 1, 0));
  assert.deepEqual(moveTo(grid, at(0, 2, 0), "ArrowUp"), at(0, 1, 0));
});

test("up and down skip a storey without a unit in the column", () => {
  assert.deepEqual(moveTo(grid, at(0, 0, 1), "ArrowDown"), at(0, 2, 1));
  assert.deepEqual(moveTo(grid, at(0, 2, 1), "ArrowUp"), at(0, 0, 1));
});

test("right at the end goes on into the next entrance on the same storey", () => {
  assert.deepEqual(moveTo(grid, at(0, 2, 1), "ArrowRight"), at(1, 2, 0));
  assert.deepEqual(moveTo(grid, at(1, 2, 0), "ArrowLeft"), at(0, 2, 1));
});

test("the nearest storey is taken where the same one is empty", () => {
  assert.deepEqual(moveTo(grid, at(0, 0, 1), "ArrowRight"), at(1, 1, 0));
});

test("edges lead nowhere", () => {
  for (const [place, key] of [[at(0, 0, 0), "ArrowUp"], [at(0, 0, 0), "ArrowLeft"], [at(1, 2, 0), "ArrowDown"], [at(1, 2, 0), "ArrowRight"]]) {
    assert.equal(moveTo(grid, place, key), null);
  }
});

test("Home and End stay on the storey, with Ctrl they span the entrance", () => {
  assert.deepEqual(moveTo(grid, at(0, 2, 1), "Home"), at(0, 2, 0));
  assert.deepEqual(moveTo(grid, at(0, 2, 0), "End"), at(0, 2, 1));
  assert.deepEqual(moveTo(grid, at(0, 2, 1), "Home", true), at(0, 0, 0));
  assert.deepEqual(moveTo(grid, at(1, 1, 0), "Home", true), at(1, 1, 0));
  assert.deepEqual(moveTo(grid, at(0, 0, 0), "End", true), at(0, 2, 1));
});

test("other keys are not ours", () => {
  assert.equal(moveTo(grid, at(0, 0, 0), "Enter"), null);
  assert.equal(moveTo(grid, at(0, 0, 0), "a"), null);
});
