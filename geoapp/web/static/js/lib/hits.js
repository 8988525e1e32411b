/* What lies under the finger: distinct records, points before areas. */

/** Distinct records of rendered features [{register, id, properties, geometry}], points first, as drawn. */
export function distinct(features) {
  const seen = new Map();
  for (const feature of features) {
    if (feature.id === undefined || feature.id === null) continue;
    const key = `${feature.register}:${feature.id}`;
    if (!seen.has(key)) seen.set(key, feature);
  }
  const isPoint = (f) => f.geometry.type === "Point" || f.geometry.type === "MultiPoint";
  const all = [...seen.values()];
  return [...all.filter(isPoint), ...all.filter((f) => !isPoint(f))];
}

/**
 * What a tap does: null (nothing there), {open: hit}, or {choose: hits, more: n}.
 * Records of the list's own register come first; regions are only asked for where nothing else lies.
 */
export function decide(features, active, most = 8) {
  const hits = distinct(features);
  const places = hits.filter((hit) => hit.register !== "regions" || active === "regions");
  const own = places.filter((hit) => hit.register === active);
  const rest = places.filter((hit) => hit.register !== active);
  const ordered = [...own, ...rest];
  if (ordered.length === 0) return null;
  if (ordered.length === 1) return { open: ordered[0] };
  return { choose: ordered.slice(0, most), more: Math.max(0, ordered.length - most) };
}
