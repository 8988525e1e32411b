import assert from "node:assert/strict";
import test from "node:test";

import { ASK_EVERY_MS, badgeText, isDue } from "../../geoapp/web/static/js/lib/unread.js";

const at = (now, facts) => isDue(now, { askedAt: 0, visible: true, wall: false, ...facts });

test("LG-8: a page in sight asks every half minute and not before; a hidden one and a wall never", () => {
  assert.equal(ASK_EVERY_MS, 30_000);
  assert.equal(at(ASK_EVERY_MS - 1), false);
  assert.equal(at(ASK_EVERY_MS), true);
  assert.equal(at(10 * ASK_EVERY_MS, { visible: false }), false);
  assert.equal(at(10 * ASK_EVERY_MS, { wall: true }), false);
});

test("the badge: nothing for none, at most two digits", () => {
  assert.deepEqual([0, 1, 99, 100].map(badgeText), ["", "1", "99", "99+"]);
});
