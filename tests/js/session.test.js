import assert from "node:assert/strict";
import test from "node:test";

import { clockOf, nextStep } from "../../geoapp/web/static/js/lib/session.js";

const MINUTE = 60_000;
const at = (now, facts) => nextStep(now, { endsAt: 30 * MINUTE, activeAt: 0, toldAt: 0, warning: 120, tellEvery: MINUTE, ...facts });

test("nothing is told of somebody who does nothing; they are warned, and it ends", () => {
  assert.equal(at(27 * MINUTE), "wait");
  assert.equal(at(28 * MINUTE), "warn");
  assert.equal(at(30 * MINUTE - 1), "warn");
  assert.equal(at(30 * MINUTE), "end");
});

test("a key is told once a minute, also when it came inside the minute before", () => {
  assert.equal(at(30_000, { activeAt: 10_000 }), "wait");
  assert.equal(at(MINUTE, { activeAt: 10_000 }), "tell");
  assert.equal(at(2 * MINUTE, { activeAt: 10_000, toldAt: MINUTE }), "wait");
  assert.equal(at(29 * MINUTE, { activeAt: 28 * MINUTE }), "tell", "who works is not warned");
  assert.equal(at(31 * MINUTE, { activeAt: 30.5 * MINUTE }), "end", "too late");
});

test("minutes and seconds", () => {
  assert.deepEqual([119.2, 60, 0, -5].map(clockOf), ["2:00", "1:00", "0:00", "0:00"]);
});
