import assert from "node:assert/strict";
import test from "node:test";

import { postJson } from "../../geoapp/web/static/js/lib/passkeys.js";

globalThis.document = { querySelector: () => ({ content: "token" }) };
const answering = (ok, body, asked = []) => async (url, options) => {
  asked.push([url, options]);
  return { ok, status: ok ? 200 : 401, redirected: false, json: async () => body };
};

test("the page's token goes along and the answer comes back", async () => {
  const asked = [];
  assert.deepEqual(await postJson("/x", { a: 1 }, answering(true, { next: "/map" }, asked)), { next: "/map" });
  const [url, options] = asked[0];
  assert.equal(url, "/x");
  assert.equal(options.headers["X-CSRF-Token"], "token");
  assert.equal(options.body, '{"a":1}');
});

test("a refusal is thrown with the server's sentence", async () => {
  await assert.rejects(postJson("/x", {}, answering(false, { description: "no" })), { sentence: "no" });
});
