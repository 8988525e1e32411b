import assert from "node:assert/strict";
import { test } from "node:test";

import { classOf, deviationOf, labelOf, signText } from "../../geoapp/web/static/js/planner/bands.js";
import { CellIndex, fromPath, inGeometry, metresBetween } from "../../geoapp/web/static/js/planner/cell-index.js";
import { EditQueue } from "../../geoapp/web/static/js/planner/edit-queue.js";
import { bodyOf, factsOf } from "../../geoapp/web/static/js/planner/plan-api.js";
import { planAction } from "../../geoapp/web/static/js/planner/plan-keys.js";
import { PlanState } from "../../geoapp/web/static/js/planner/plan-state.js";
import { unpack } from "../../geoapp/web/static/js/planner/unpack.js";
import { ALL_UP_TO, windowOf } from "../../geoapp/web/static/js/planner/row-window.js";
import { COMING, figuresAfter, movedBy, sumOf } from "../../geoapp/web/static/js/planner/predict.js";

const BAND = { low: 300, high: 500 };
const STEP = 0.001;
/** A row of `n` square cells from west to east, the first `left` of them grid 1, the others grid 2. */
function row(n, left = n / 2) {
  return Array.from({ length: n }, (_, i) => {
    const [w, e] = [116 + i * STEP, 116 + (i + 1) * STEP];
    return { type: "Feature", id: i, geometry: { type: "Polygon", coordinates: [[[w, 40], [e, 40], [e, 40 + STEP], [w, 40 + STEP], [w, 40]]] }, properties: { cell: i, block: Math.floor(i / 2), community: 7, grid: i < left ? 1 : 2, households: 100, sites: 1 } };
  });
}
const middle = (i) => [116 + (i + 0.5) * STEP, 40 + STEP / 2];
const figures = (grid, households) => ({ grid, households, sites: 4, deviation: deviationOf(households, BAND), locked: false, community: 7 });
const plan = (n = 8) => new PlanState({ plan: { band: BAND, version: 1, can: { edit: true }, communities: [] }, cells: row(n), grids: [figures(1, 400), figures(2, 400)] });
const facts = (state) => ({ gridOf: state.gridOf, blockOf: (id) => state.blockOf(id), index: state.index, locked: state.locked });

test("the band counts with both its ends (A9.4); a grid outside has a sign, a word and a class", () => {
  assert.deepEqual([299, 300, 500, 501].map((n) => deviationOf(n, BAND)), [-1, 0, 0, 1]);
  assert.deepEqual([-120, -60, 0, 100, 101].map((deviation) => classOf({ deviation }, BAND)), ["far-under", "under", "in", "over", "far-over"]);
  assert.equal(classOf({ deviation: -200, dedicated: true }, BAND), "dedicated");
  assert.deepEqual([-37, 0, 112].map((deviation) => signText({ deviation })), ["−37", "✓", "+112"]);
  assert.equal(labelOf({ number: "003", marks: " 锁", households: 612, deviation: 112 }), "003 锁\n612 +112");
});

test("a cell is found under a point, also in the hole of another one not", () => {
  const index = new CellIndex(row(8));
  assert.equal(index.at(middle(5)), 5);
  assert.equal(index.at([115, 40]), null);
  const ring = (w, s, e, n) => [[w, s], [e, s], [e, n], [w, n], [w, s]];
  assert.equal(inGeometry([0, 0], { type: "Polygon", coordinates: [ring(-2, -2, 2, 2), ring(-1, -1, 1, 1)] }), false);
  assert.equal(inGeometry([0, 1.5], { type: "MultiPolygon", coordinates: [[ring(-2, -2, 2, 2), ring(-1, -1, 1, 1)]] }), true);
});

test("packed cells are the features they were: one area, then two with a hole in the second", () => {
  const packed = {
    scale: 10, fields: ["cell", "block", "community", "grid", "households", "sites"], communities: [70, 80], cells: [4, 1, 1, 2, 9, 0, 5, 1, 0, 3, 8, 1],
    polygons: [1, 2], rings: [1, 1, 2], points: [3, 3, 3, 3],
    deltas: [0, 0, 10, 0, 0, 10, 10, 0, 10, 0, 0, 10, 20, 20, 10, 0, 0, 10, -8, -8, 2, 0, 0, 2],
  };
  const [one, two] = unpack(packed);
  assert.deepEqual(one, { type: "Feature", id: 4, properties: { cell: 4, block: 1, community: 80, grid: 2, households: 9, sites: 0 }, geometry: { type: "Polygon", coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] } });
  assert.deepEqual([two.geometry.type, two.geometry.coordinates.map((rings) => rings.length), two.properties.community], ["MultiPolygon", [1, 2], 70]);
  assert.deepEqual(two.geometry.coordinates[1][1][0], two.geometry.coordinates[1][1].at(-1));
});

test("a brush touches the cell under it and those whose middle it reaches; a lasso holds middles", () => {
  const index = new CellIndex(row(8));
  const wide = metresBetween(middle(0), middle(1));
  assert.deepEqual([...index.near(middle(3), wide * 0.4)], [3]);
  assert.deepEqual([...index.near(middle(3), wide * 1.1)].sort(), [2, 3, 4]);
  assert.deepEqual(index.inside([[116.0007, 39], [116.0029, 39], [116.0029, 41], [116.0007, 41]]), [1, 2]);
});

test("right of a line is right in its direction of travel", () => {
  const north = [[116, 40], [116, 41]];
  assert.equal(fromPath([116.01, 40.5], north).right, true);
  assert.equal(fromPath([115.99, 40.5], north).right, false);
  assert.equal(fromPath([116.01, 40.5], [...north].reverse()).right, false);
});

test("foreseen: painted cells, a block, a merge, a cut, a drag; locked grids stay", () => {
  const state = plan();
  assert.deepEqual([...movedBy({ op: "paint", cells: [3, 4], grid: 1 }, facts(state))], [[4, 1]]);
  assert.deepEqual([...movedBy({ op: "block", block: 2, grid: 1 }, facts(state)).keys()], [4, 5]);
  assert.deepEqual([...movedBy({ op: "merge", grid: 1, other: 2 }, facts(state)).keys()], [4, 5, 6, 7]);
  const cut = movedBy({ op: "split", grid: 1, line: [[116.002, 39.9], [116.002, 40.1]] }, facts(state));
  assert.deepEqual([...cut], [[2, COMING], [3, COMING]]);
  assert.deepEqual([...movedBy({ op: "drag", grid: 1, other: 2, line: [middle(4), middle(5)], reach: 5 }, facts(state)).keys()], [4, 5]);
  state.grids.get(2).locked = true;
  assert.equal(movedBy({ op: "merge", grid: 1, other: 2 }, facts(state)).size, 0);
  assert.equal(movedBy({ op: "undo" }, facts(state)).size, 0);
});

test("foreseen figures are the sums of the cells; what is not known is marked as a guess", () => {
  const state = plan();
  const after = figuresAfter(new Map([[4, 1], [5, 1]]), { gridOf: state.gridOf, cells: state.cells, grids: state.grids, band: BAND });
  assert.deepEqual([after.get(1).households, after.get(1).deviation, after.get(1).guess], [600, 100, true]);
  assert.deepEqual([after.get(2).households, after.get(2).deviation], [200, -100]);
  assert.deepEqual(sumOf([0, 1], state.cells), { cells: 2, households: 200, residents: 0, sites: 2 });
});

test("the state takes what the server says over what was foreseen, and forgets grids that are gone", () => {
  const state = plan();
  state.choose(2);
  const { from } = state.foresee({ op: "merge", grid: 1, other: 2 });
  assert.equal(from.get(7), 2);
  assert.equal(state.gridOf.get(7), 1);
  state.take({ plan: { version: 2 }, cells: [[7, 1], [6, 1], [5, 1], [4, 1], [99, 1]], grids: [figures(1, 800)], gone: [2] });
  assert.equal(state.active, null);
  assert.equal(state.gridOf.has(99), false); // a cell that was not loaded
  assert.deepEqual([...state.grids.keys()], [1]);
  assert.equal(state.plan.version, 2);
});

test("the grid across a border is found near it, the own one and none far away are not", () => {
  const state = plan();
  const border = [116 + 4 * STEP - 0.0001, 40 + STEP / 2];
  assert.equal(state.otherGridNear(border, 1, 20), 2);
  assert.equal(state.otherGridNear(border, 2, 20), 1);
  assert.equal(state.otherGridNear(middle(0), 1, 20), null);
});

test("what the brush may give: not to itself, not from a locked grid, not across communities", () => {
  const state = plan();
  assert.deepEqual([state.mayGive(0, 1), state.mayGive(4, 1), state.mayGive(4, 9)], [false, true, true]);
  state.grids.get(2).locked = true;
  assert.equal(state.mayGive(4, 1), false);
  state.grids.get(1).community = 8;
  state.grids.get(2).locked = false;
  assert.equal(state.mayGive(4, 1), false);
});

test("cells that come into view later do not overwrite what is known", () => {
  const state = plan();
  state.gridOf.set(3, 2);
  assert.equal(state.addCells(row(9)).length, 1);
  assert.equal(state.gridOf.get(3), 2);
  assert.equal(state.index.at(middle(8)), 8);
});

test("edits go one by one; one that fails takes those with it that were drawn on top", async () => {
  const sent = [];
  const failed = [];
  let wake;
  const queue = new EditQueue({
    send: (edit) => { sent.push(edit); return edit === 2 ? Promise.reject(new Error("no")) : new Promise((resolve) => { wake = resolve; }); },
    done: () => {}, failed: (edits) => failed.push(...edits),
  });
  queue.add(1); queue.add(2); queue.add(3);
  assert.deepEqual(sent, [1]);
  wake();
  await new Promise((resolve) => { setTimeout(resolve); });
  assert.deepEqual([sent, failed, queue.length], [[1, 2], [2, 3], 0]);
});

test("edits in the words of the server's doors; a refusal's facts, also from a proxy that knows none", () => {
  const line = [[116, 40], [116.1, 40]];
  assert.deepEqual(bodyOf({ op: "drag", grid: 4, other: 5, line, reach: 30 }), { op: "drag", gaining: 4, losing: 5, path: { type: "LineString", coordinates: line }, reach: 30 });
  assert.deepEqual(bodyOf({ op: "merge", grid: 4, other: 5 }), { op: "merge", into: 4, other: 5 });
  assert.deepEqual(bodyOf({ op: "split", grid: 4, line, snap: false }), { op: "split", grid: 4, line: { type: "LineString", coordinates: line }, snap: false });
  assert.deepEqual(bodyOf({ op: "undo" }), { op: "undo" });
  assert.deepEqual(factsOf('{"code": "locked", "cells": [3]}').cells, [3]);
  assert.equal(factsOf("<html>").code, null);
});

test("keys: tools, undo and redo with either habit; fields and dialogs keep theirs", () => {
  const press = (key, more = {}) => planAction({ key, ...more });
  assert.deepEqual(["b", "B", "?", "Escape"].map((key) => press(key)), ["tool:paint", "tool:paint", "help", "escape"]);
  assert.deepEqual([press("z", { ctrlKey: true }), press("Z", { ctrlKey: true, shiftKey: true }), press("y", { metaKey: true })], ["undo", "redo", "redo"]);
  assert.deepEqual([press("l"), press("L", { shiftKey: true })], ["lock", "lock-all"]);
  assert.equal(press("z", { ctrlKey: true, inField: true }), null);
  assert.equal(press("b", { inField: true }), null);
  assert.equal(press("b", { inDialog: true }), null);
  assert.equal(press("s", { ctrlKey: true }), null);
});

test("of a long table the rows in view and some around them are in the page; of a short one all", () => {
  assert.deepEqual(windowOf({ from: 0, to: 400, height: 40, count: ALL_UP_TO }), [0, ALL_UP_TO]);
  assert.deepEqual(windowOf({ from: 0, to: 400, height: 40, count: 2000 }), [0, 60]);
  assert.deepEqual(windowOf({ from: 40_000, to: 40_400, height: 40, count: 2000 }), [970, 1040]);
  assert.deepEqual(windowOf({ from: 79_600, to: 80_000, height: 40, count: 2000 }), [1940, 2000]);
  assert.deepEqual(windowOf({ from: 90_000, to: 90_400, height: 40, count: 200 }), [140, 200], "scrolled past an end that came nearer");
});
