/* The box of features. Pure. */

/** [w, s, e, n] of all coordinates of a FeatureCollection; null where it has none. */
export function boxOf({ features }) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { geometry } of features) widen(box, geometry.coordinates);
  return Number.isFinite(box[0]) ? box : null;
}

function widen(box, coordinates) {
  if (typeof coordinates[0] !== "number") {
    for (const part of coordinates) widen(box, part);
    return;
  }
  const [x, y] = coordinates;
  box[0] = Math.min(box[0], x);
  box[1] = Math.min(box[1], y);
  box[2] = Math.max(box[2], x);
  box[3] = Math.max(box[3], y);
}
