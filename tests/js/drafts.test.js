import assert from "node:assert/strict";
import { test } from "node:test";

import { forgetDrafts, open, placeOf, seal, valuesOf } from "../../geoapp/web/static/js/lib/drafts.js";

test("a draft is read by its own session only, and holds nothing in plain", async () => {
  const pairs = [["name", "甲例春"], ["id_number", "99990019900228001X"]];
  const sealed = await seal(pairs, "one session");
  assert.deepEqual(await open(sealed, "one session"), pairs);
  for (const [text, session] of [[sealed, "another"], [sealed.slice(0, -6), "one session"], ["nonsense", "one session"], ["", "one session"]]) {
    assert.equal(await open(text, session), null);
  }
  assert.ok(!sealed.includes("9999") && !atob(sealed).includes("id_number"));
  assert.notEqual(sealed, await seal(pairs, "one session"));
});

test("a draft has an address without a person and values without the page's own", () => {
  assert.equal(placeOf("/residents/new", "7"), "geoapp-draft:/residents/new#7");
  assert.deepEqual(valuesOf([["csrf_token", "x"], ["version", "3"], ["form_token", "t"], ["name", "王"]]), [["form_token", "t"], ["name", "王"]]);
});

test("drafts are forgotten and nothing else is", () => {
  const storage = { "geoapp-draft:/a": "1", theme: "dark", "geoapp-draft:/b#2": "2" };
  Object.defineProperty(storage, "removeItem", { value: (name) => delete storage[name], enumerable: false });
  forgetDrafts(storage);
  assert.deepEqual(storage, { theme: "dark" });
});
