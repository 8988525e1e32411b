/* What is drawn over the map while a hand is at work. */

/** A feature of the trace. */
export function feature(kind, geometry, more = {}) {
  return { type: "Feature", properties: { kind, ...more }, geometry };
}
