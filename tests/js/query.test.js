import assert from "node:assert/strict";
import { test } from "node:test";

import {
  canonical, forRegister, formatState, hasShape, parseState, readListLink, sameQuery, tileQuery, valueOf, withFilter, withShape, withValue,
} from "../../geoapp/web/static/js/lib/query.js";

const full = "?register=sites&region=110108014&circle=116.32,40,300&q=%E5%AD%A6%E6%A0%A1&level=2&level=3&sort=-name&selected=houses:12&layers=regions,sites&view=116.3,40.01,15.5&theme=wall&lang=en&after=x&limit=20";

test("an address is read into register, query and what only the page needs", () => {
  const state = parseState(full, "houses");
  assert.equal(state.register, "sites");
  assert.deepEqual(state.query, [["region", "110108014"], ["circle", "116.32,40,300"], ["q", "学校"], ["level", "2"], ["level", "3"], ["sort", "-name"]]);
  assert.deepEqual(state.view, { lon: 116.3, lat: 40.01, zoom: 15.5 });
  assert.deepEqual(state.selected, { register: "houses", id: "12" });
  assert.deepEqual(state.layers, ["regions", "sites"]);
  assert.equal(state.theme, "wall");
});

test("a state written and read again is the same state", () => {
  const state = parseState(full, "houses");
  assert.deepEqual(parseState(formatState(state, "houses"), "houses"), state);
});

test("paging is no part of the state: a link shows the first page", () => {
  assert.ok(!formatState(parseState(full, "houses"), "houses").includes("after="));
});

test("equal questions have equal strings whatever the order of the address", () => {
  const a = parseState("?status=3&region=1101&use=dwelling", "houses");
  const b = parseState("?use=dwelling&region=1101&status=3", "houses");
  assert.equal(canonical(a.query), "region=1101&status=3&use=dwelling");
  assert.ok(sameQuery(a, b));
  assert.ok(!sameQuery(a, { ...b, register: "sites" }));
});

test("commas and colons stay readable, other signs are encoded", () => {
  assert.equal(canonical([["bbox", "116.1,39.9,116.2,40"], ["q", "a&b=c 楼"]]), "bbox=116.1,39.9,116.2,40&q=a%26b%3Dc+%E6%A5%BC");
  assert.equal(parseState(`?${canonical([["q", "a&b=c 楼+1"]])}`, "houses").query[0][1], "a&b=c 楼+1");
});

test("tiles take the list's query without its order", () => {
  assert.equal(tileQuery([["region", "1101"], ["sort", "name"]]), "region=1101");
});

test("one spatial choice replaces another and leaves region and fields alone", () => {
  const query = [["region", "1101"], ["area", "abc"], ["within", "100"], ["status", "3"]];
  assert.deepEqual(withShape(query, { circle: "116,40,50" }), [["region", "1101"], ["circle", "116,40,50"], ["status", "3"]]);
  assert.deepEqual(withShape(query, {}), [["region", "1101"], ["status", "3"]]);
  assert.ok(hasShape(query));
  assert.ok(!hasShape(withShape(query, {})));
});

test("a value is replaced or taken away", () => {
  assert.equal(valueOf(withValue([["region", "1"]], "region", "2"), "region"), "2");
  assert.deepEqual(withValue([["region", "1"], ["q", "x"]], "region"), [["q", "x"]]);
});

test("another register keeps where, not which fields", () => {
  const query = [["region", "1101"], ["near", "116,40,5"], ["position", "none"], ["q", "x"], ["status", "3"], ["sort", "number"]];
  assert.deepEqual(forRegister(query), [["region", "1101"], ["near", "116,40,5"]]);
});

test("a filter form replaces fields and keeps region, shape, position and sort", () => {
  const before = [["region", "1101"], ["area", "abc"], ["position", "none"], ["q", "old"], ["status", "3"], ["sort", "number"]];
  const after = withFilter(before, [["q", " "], ["status", "1"], ["status", "2"], ["region", "9999"]]);
  assert.deepEqual(after, [["region", "1101"], ["area", "abc"], ["position", "none"], ["status", "1"], ["status", "2"], ["sort", "number"]]);
});

test("links to lists are read, other links are not", () => {
  const base = "http://host/map?view=1,2,3";
  assert.deepEqual(readListLink("/registers/houses?position=none&after=t", base), { register: "houses", query: [["position", "none"]] });
  assert.deepEqual(readListLink("/registers/houses", base), { register: "houses", query: [] });
  assert.equal(readListLink("/registers/houses/12", base), null);
  assert.equal(readListLink("/registers/houses/export.csv", base), null);
});

for (const text of ["", "1,2", "a,b,c", "200,0,5", "0,89,5", "0,0,99", "NaN,0,1"]) {
  test(`the view “${text}” is no view`, () => assert.equal(parseState(`?view=${text}`, "houses").view, null));
}

for (const text of ["houses", "houses:", "houses:1x", "../x:1", "houses:1234567890123456789"]) {
  test(`“${text}” selects nothing`, () => assert.equal(parseState(`?selected=${text}`, "houses").selected, null));
}
