/* What lies under the finger: distinct records, points before areas. */

/** Distinct records of rendered features [{register, id, properties, geometry}], points first, as drawn. */
export function distinct(features) {
  const seen = new Map();
  for (const feature of features) {
    if (feature.id === undefined || feature.id === null) continue;
    const key = `${feature.register}:${feature.id}`;
    if (!seen.has(key)) seen.set(key, feature);
  }
  const all = [...seen.values()];
  return [...all.filter(isPoint), ...all.filter((f) => !isPoint(f))];
}

/**
 * What a tap does: null (nothing there), {open: hit}, or {choose: hits, more: n}.
 * One point is meant even where an area lies under it; regions are only meant in their own list.
 * A long choice begins with the area: the building under its many houses is the better answer.
 */
export function decide(features, active, most = 8) {
  const hits = distinct(features).filter((hit) => hit.register !== "regions" || active === "regions");
  const own = hits.filter((hit) => hit.register === active);
  const ordered = [...own, ...hits.filter((hit) => hit.register !== active)];
  const points = ordered.filter(isPoint);
  if (points.length === 1 && !own.some((hit) => !isPoint(hit))) return { open: points[0] };
  if (ordered.length <= 1) return ordered.length ? { open: ordered[0] } : null;
  if (ordered.length <= most) return { choose: ordered, more: 0 };
  const area = ordered.find((hit) => !isPoint(hit));
  const first = area ? [area, ...ordered.filter((hit) => hit !== area)] : ordered;
  return { choose: first.slice(0, most), more: ordered.length - most };
}

function isPoint({ geometry }) {
  return geometry.type === "Point" || geometry.type === "MultiPoint";
}
