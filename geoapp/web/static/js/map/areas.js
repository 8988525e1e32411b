/* Drawn areas are kept by the server and named by a short id. */

import { ask, csrfHeader } from "../lib/http.js";

const read = new Map();

/** Keep a geometry; answers its id. Throws Trouble with the server's words where it is refused. */
export async function saveArea(geometry) {
  const options = { method: "POST", accept: "application/json", body: JSON.stringify(geometry), headers: { "Content-Type": "application/json", ...csrfHeader() } };
  const { id } = await (await ask("/areas", options)).json();
  read.set(id, geometry);
  return id;
}

/** The geometry of an id; asked for once. */
export async function readArea(id) {
  if (!read.has(id)) {
    const answer = await (await ask(`/areas/${encodeURIComponent(id)}`, { accept: "application/json" })).json();
    read.set(id, answer.geometry ?? answer);
  }
  return read.get(id);
}

/** "lon lat" or "lon, lat" in an error sentence, as the server names the place of a fault; null where there is none. */
export function placeInSentence(text) {
  const match = /(-?\d+\.\d+)[ ,]+(-?\d+\.\d+)/.exec(text || "");
  return match ? [Number(match[1]), Number(match[2])] : null;
}
