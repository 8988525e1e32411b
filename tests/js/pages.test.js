import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { fileName, sizeText } from "../../geoapp/web/static/js/lib/files.js";
import { decide, distinct } from "../../geoapp/web/static/js/lib/hits.js";
import { ask, kindOf, sentenceOf, signInAddress, Trouble } from "../../geoapp/web/static/js/lib/http.js";
import { actionOf, moved } from "../../geoapp/web/static/js/lib/keys.js";
import { areaText, metresText } from "../../geoapp/web/static/js/lib/measure.js";
import { fill, speaker } from "../../geoapp/web/static/js/lib/messages.js";
import { codeOf } from "../../geoapp/web/static/js/lib/regions.js";
import { areaFill, POINT_SHAPES, pointShape } from "../../geoapp/web/static/js/lib/shapes.js";
import { heights, next, settle } from "../../geoapp/web/static/js/lib/snap.js";
import { treeStep } from "../../geoapp/web/static/js/lib/tree.js";

test("sentences are filled in; a missing fact stays visible and a missing sentence is an error", () => {
  assert.equal(fill("第 {a} 行，{b}", { a: 3 }), "第 3 行，{b}");
  assert.equal(speaker({ x: "{n} 条" }, { y: "好" })("x", { n: 5 }), "5 条");
  assert.throws(() => speaker({})("gone"), /gone/);
});

test("codes: 12 digits down to the community, 15 for a grid, zeros in front kept", () => {
  assert.equal(codeOf(110108014001003, 6), "110108014001003");
  assert.equal(codeOf(110108014000000, 4), "110108014000");
  assert.equal(codeOf(110000000000000, 1), "110000000000");
});

test("lengths and areas are written in metres and kilometres of the reader's language", () => {
  assert.equal(metresText(7.25), "7.3 米");
  assert.equal(metresText(267.4), "267 米");
  assert.equal(metresText(2355, "en"), "2.36 km");
  assert.equal(areaText(13_844), "13,844 平方米");
  assert.equal(areaText(350_000, "en"), "0.35 km²");
});

test("file names: the UTF-8 form first", () => {
  assert.equal(fileName("attachment; filename=export.csv; filename*=UTF-8''%E6%88%BF%E5%B1%8B.csv", "x"), "房屋.csv");
  assert.equal(fileName('attachment; filename="a b.xlsx"', "x"), "a b.xlsx");
  assert.equal(fileName(null, "export.csv"), "export.csv");
  assert.equal(sizeText(1), "1 kB");
  assert.equal(sizeText(2_340_000), "2.3 MB");
});

test("kinds of trouble by status", () => {
  const expected = { 400: "refused", 401: "session", 403: "forbidden", 404: "missing", 409: "refused", 413: "refused", 429: "busy", 500: "failed", 502: "failed", 503: "busy" };
  for (const [status, kind] of Object.entries(expected)) assert.equal(kindOf(Number(status)), kind, status);
});

test("the server's sentence is found in JSON and in fragments; other bodies have none", () => {
  assert.equal(sentenceOf('{"description": "不行"}', "application/json", null), "不行");
  assert.equal(sentenceOf("<p>", "text/html", () => ({ querySelector: () => ({ textContent: " 不行 " }) })), "不行");
  assert.equal(sentenceOf("<html>", "text/html", () => ({ querySelector: () => null })), "");
  assert.equal(sentenceOf("bad gateway", "application/json", null), "");
});

test("a server that cannot be reached is trouble of its own, an abort is none", async () => {
  await assert.rejects(ask("http://127.0.0.1:9/"), (error) => error instanceof Trouble && error.kind === "offline");
  const control = new AbortController();
  control.abort();
  await assert.rejects(ask("http://127.0.0.1:9/", { signal: control.signal }), { name: "AbortError" });
});

test("signing in again leads back to the same view", () => {
  assert.equal(signInAddress({ pathname: "/map", search: "?region=1101&view=1,2,3" }), "/sign-in?next=%2Fmap%3Fregion%3D1101%26view%3D1%2C2%2C3");
});

test("shortcuts leave text fields, dialogs and the browser's own keys alone", () => {
  const press = (key, more = {}) => actionOf({ key, ...more });
  assert.equal(press("?"), "help");
  assert.equal(press("P"), "tool:polygon");
  assert.equal(press("p", { inField: true }), null);
  assert.equal(press("p", { ctrlKey: true }), null);
  assert.equal(press("?", { inDialog: true }), null);
  assert.equal(press("Escape", { inField: true }), "escape");
  assert.equal(press("Tab"), null);
});

test("arrows move inside a list and stop at its ends", () => {
  assert.equal(moved("ArrowDown", 0, 3), 1);
  assert.equal(moved("ArrowDown", 2, 3), 2);
  assert.equal(moved("ArrowUp", 0, 3), 0);
  assert.equal(moved("End", 0, 3), 2);
  assert.equal(moved("a", 0, 3), null);
  assert.equal(moved("ArrowDown", -1, 0), null);
});

test("arrows in the tree follow the ARIA pattern", () => {
  const at = (key, expanded, index = 1, count = 3) => treeStep(key, { index, count, expanded });
  assert.deepEqual(at("ArrowRight", "false"), { turn: true });
  assert.deepEqual(at("ArrowRight", "true"), { to: 2 });
  assert.equal(at("ArrowRight", null), null);
  assert.deepEqual(at("ArrowLeft", "true"), { turn: true });
  assert.deepEqual(at("ArrowLeft", null), { parent: true });
  assert.equal(at("ArrowDown", null, 2), null);
  assert.deepEqual(at("End", null), { to: 2 });
});

test("the sheet stops where it is nearest, or where a flick points", () => {
  const stops = heights(800, 120);
  assert.deepEqual(stops, { peek: 120, half: 400, full: 744 });
  assert.equal(settle(300, 0, stops), "half");
  assert.equal(settle(200, 0, stops), "peek");
  assert.equal(settle(200, 0.9, stops), "half");
  assert.equal(settle(700, -0.9, stops), "half");
  assert.equal(settle(744, 0.9, stops), "full");
  assert.deepEqual(["peek", "half", "full"].map(next), ["half", "full", "peek"]);
});

const hit = (register, id, type = "Point") => ({ register, id, geometry: { type }, properties: {} });

test("a record drawn in two tiles is one record, and cells without a number are none", () => {
  assert.equal(distinct([hit("houses", 1), hit("houses", 1), hit("sites", 1), hit("houses", undefined)]).length, 2);
});

test("a tap opens the one point it meets, whatever area lies below", () => {
  const house = hit("houses", 7);
  assert.deepEqual(decide([hit("buildings", 3, "Polygon"), house, hit("regions", 9, "Polygon")], "houses"), { open: house });
  assert.deepEqual(decide([house], "regions"), { open: house });
});

test("in the list of buildings the building under a house is offered too", () => {
  const found = decide([hit("houses", 7), hit("buildings", 3, "Polygon")], "buildings");
  assert.deepEqual(found.choose.map(({ register }) => register), ["buildings", "houses"]);
});

test("regions are only meant in their own list", () => {
  assert.equal(decide([hit("regions", 9, "Polygon")], "houses"), null);
  assert.equal(decide([hit("regions", 9, "Polygon")], "regions").open.id, 9);
});

test("many houses on one spot: their building first, then some to choose from, the rest counted", () => {
  const found = decide([hit("buildings", 3, "Polygon"), ...Array.from({ length: 20 }, (_, i) => hit("houses", i))], "houses");
  assert.equal(found.choose.length, 8);
  assert.equal(found.choose[0].register, "buildings");
  assert.equal(found.more, 13);
});

test("every point symbol of the map stands in the sprite of the page, drawn alike", () => {
  const sprite = readFileSync(new URL("../../geoapp/web/static/img/icons.svg", import.meta.url), "utf-8");
  for (const [name, { d, mark }] of Object.entries(POINT_SHAPES)) {
    const symbol = new RegExp(`<symbol id="shape-${name}"[^>]*>(.*)</symbol>`).exec(sprite)?.[1];
    assert.ok(symbol, name);
    assert.ok(symbol.includes("<circle") || symbol.includes(d), `${name} differs`);
    if (mark) assert.ok(symbol.includes(mark), `${name}'s mark differs`);
  }
  for (const name of ["fill", "outline", "hatch", "backhatch", "crosshatch", "dots"]) assert.ok(sprite.includes(`id="shape-${name}"`), name);
});

test("unknown shapes are drawn as something", () => {
  assert.equal(pointShape("pentagram"), POINT_SHAPES.circle);
  assert.deepEqual(areaFill("paisley"), ["solid"]);
});
