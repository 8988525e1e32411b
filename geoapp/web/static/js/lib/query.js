/* The query string is the state. Pure functions; the server knows the same names (spatial_queries/parse.py). */

const PAGE = ["register", "view", "layers", "selected", "theme", "lang"];
const PAGING = ["after", "limit"];
const FIRST = ["region", "bbox", "circle", "area", "within", "near", "position", "q"];
export const SHAPES = ["bbox", "circle", "area", "within", "near"];

/** Read `location.search` into a state; `fallback` is the register shown when none is named. */
export function parseState(search, fallback) {
  const params = new URLSearchParams(search);
  const layers = params.get("layers");
  return {
    register: params.get("register") || fallback,
    query: sorted([...params].filter(([name, value]) => value !== "" && !PAGE.includes(name) && !PAGING.includes(name))),
    view: parseView(params.get("view")),
    layers: layers === null ? null : layers.split(",").filter(Boolean),
    selected: parseSelected(params.get("selected")),
    theme: params.get("theme"),
    lang: params.get("lang"),
  };
}

/** The part of the state that the list, the tiles and the files share, as one string without "?". */
export function canonical(query) {
  return encode(sorted(query));
}

/** The same without what only orders rows: tiles and counts need no sort. */
export function tileQuery(query) {
  return canonical(query.filter(([name]) => name !== "sort"));
}

/** The whole state as a search string with "?"; what equals the fallback is left out. */
export function formatState(state, fallback) {
  const pairs = [];
  if (state.register !== fallback) pairs.push(["register", state.register]);
  pairs.push(...sorted(state.query));
  if (state.selected) pairs.push(["selected", `${state.selected.register}:${state.selected.id}`]);
  if (state.layers) pairs.push(["layers", state.layers.join(",")]);
  if (state.view) pairs.push(["view", formatView(state.view)]);
  if (state.theme) pairs.push(["theme", state.theme]);
  if (state.lang) pairs.push(["lang", state.lang]);
  const text = encode(pairs);
  return text ? `?${text}` : "";
}

/** First value of a name, or null. */
export function valueOf(query, name) {
  const found = query.find(([key]) => key === name);
  return found ? found[1] : null;
}

/** `query` with every value of `name` replaced; no values takes the name away. */
export function withValue(query, name, ...values) {
  const rest = query.filter(([key]) => key !== name);
  return sorted([...rest, ...values.filter((v) => v !== null && v !== "").map((v) => [name, String(v)])]);
}

/** `query` with one spatial choice in place of any other ({} takes it away). The region stays. */
export function withShape(query, shape) {
  const rest = query.filter(([name]) => !SHAPES.includes(name));
  return sorted([...rest, ...Object.entries(shape).map(([name, value]) => [name, String(value)])]);
}

/** Whether a spatial choice other than the region is made. */
export function hasShape(query) {
  return query.some(([name]) => SHAPES.includes(name));
}

/** What may stay when another register is shown: where, not which fields. */
export function forRegister(query) {
  return query.filter(([name]) => name === "region" || SHAPES.includes(name));
}

/** `query` with the fields of a filter form: its own names replaced, region, shape, position and sort kept. */
export function withFilter(query, entries) {
  const kept = query.filter(([name]) => ["region", "position", "sort", ...SHAPES].includes(name));
  return sorted([...kept, ...entries.filter(([name, value]) => value.trim() !== "" && !kept.some(([key]) => key === name))]);
}

/** Register and query of a link to a list ("/registers/houses?region=…"), or null for another address. */
export function readListLink(href, base) {
  const url = new URL(href, base);
  const match = /^\/registers\/([a-z][a-z0-9_-]*)\/?$/.exec(url.pathname);
  if (!match) return null;
  return { register: match[1], query: parseState(url.search, match[1]).query };
}

/** Same rows? */
export function sameQuery(a, b) {
  return a.register === b.register && canonical(a.query) === canonical(b.query);
}

function sorted(query) {
  const rank = (name) => (FIRST.includes(name) ? FIRST.indexOf(name) : name === "sort" ? 1000 : 100);
  return [...query].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}

/** Percent-encoding that leaves commas and colons readable; the server reads both. */
function encode(pairs) {
  const safe = (text) => encodeURIComponent(text).replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%20/g, "+");
  return pairs.map(([name, value]) => `${safe(name)}=${safe(value)}`).join("&");
}

function parseView(text) {
  const numbers = (text || "").split(",").map(Number);
  if (numbers.length !== 3 || !numbers.every(Number.isFinite) || text.trim() === "") return null;
  const [lon, lat, zoom] = numbers;
  if (Math.abs(lon) > 180 || Math.abs(lat) > 85.06 || zoom < 0 || zoom > 24) return null;
  return { lon, lat, zoom };
}

export function formatView({ lon, lat, zoom }) {
  const short = (number, digits) => String(Number(number.toFixed(digits)));
  return [short(lon, 5), short(lat, 5), short(zoom, 2)].join(",");
}

function parseSelected(text) {
  const match = /^([a-z][a-z0-9_-]*):([0-9]{1,18})$/.exec(text || "");
  return match ? { register: match[1], id: match[2] } : null;
}
