/* What the page asks the server about one plan. A refusal is a Trouble with `code`, `cells`, `grid`, `at`, `since`. */

import { ask, csrfHeader, Trouble } from "../lib/http.js";

const JSON_TYPE = "application/json";

/** Facts of a refusal beside its sentence; {} where the answer is not ours. */
export function factsOf(text) {
  try {
    const { code = null, cells = [], grid = null, at = null, since = null, locks = null, field = null, faults = [] } = JSON.parse(text);
    return { code, cells, grid, at, since, locks, field, faults };
  } catch {
    return { code: null, cells: [], grid: null, at: null, since: null, locks: null, field: null, faults: [] };
  }
}

async function call(url, options = {}) {
  try {
    return await (await ask(url, { accept: JSON_TYPE, ...options })).json();
  } catch (trouble) {
    if (trouble instanceof Trouble) Object.assign(trouble, factsOf(trouble.text ?? ""));
    throw trouble;
  }
}

/** GET any address of the planner's doors. */
export function read(url, signal) {
  return call(url, { signal });
}

/** POST JSON. */
export function write(url, body = {}) {
  return call(url, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": JSON_TYPE, ...csrfHeader(document) } });
}

/** Addresses of one plan. */
export function planApi(id) {
  const base = `/planner/api/plans/${id}`;
  return {
    base,
    get: (path = "") => read(base + path),
    post: (path, body) => write(base + path, body),
    job: (job) => read(`/planner/api/jobs/${job}`),
    cancelJob: (job) => write(`/planner/api/jobs/${job}/cancel`),
  };
}

/** An edit of the page in the words of the server's doors. */
export function bodyOf({ op, cells, grid, other, block, cell, line, reach, grids, dedicated, name, snap }) {
  const path = line && { type: "LineString", coordinates: line };
  const bodies = {
    paint: { cells, to: grid }, block: { block, cell, to: grid }, merge: { into: grid, other }, split: { grid, line: path, snap },
    drag: { gaining: grid, losing: other, path, reach }, lock: { grids }, unlock: { grids }, dedicate: { grid, dedicated }, rename: { grid, name },
  };
  return { op, ...bodies[op] };
}
