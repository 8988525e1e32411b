/* Geometry in degrees (EPSG:4326, longitude first), distances in metres. For display and hints; the server decides. */

const RADIUS = 6371008.8;
const rad = (degrees) => (degrees * Math.PI) / 180;
const deg = (radians) => (radians * 180) / Math.PI;

/** Great-circle distance of two [lon, lat] in metres. */
export function distance([lon1, lat1], [lon2, lat2]) {
  const h = Math.sin(rad(lat2 - lat1) / 2) ** 2 + Math.cos(rad(lat1)) * Math.cos(rad(lat2)) * Math.sin(rad(lon2 - lon1) / 2) ** 2;
  return 2 * RADIUS * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Length of a path in metres. */
export function pathLength(points) {
  return points.slice(1).reduce((sum, point, i) => sum + distance(points[i], point), 0);
}

/** Area of a closed ring in square metres. */
export function ringArea(ring) {
  const sum = ring.slice(1).reduce((total, [lon2, lat2], i) => {
    const [lon1, lat1] = ring[i];
    return total + rad(lon2 - lon1) * (2 + Math.sin(rad(lat1)) + Math.sin(rad(lat2)));
  }, 0);
  return Math.abs((sum * RADIUS * RADIUS) / 2);
}

/** A circle of `metres` around a point as a closed ring. */
export function circleRing([lon, lat], metres, steps = 72) {
  const angle = metres / RADIUS;
  const ring = Array.from({ length: steps }, (_, i) => {
    const bearing = (2 * Math.PI * i) / steps;
    const y = Math.asin(Math.sin(rad(lat)) * Math.cos(angle) + Math.cos(rad(lat)) * Math.sin(angle) * Math.cos(bearing));
    const x = Math.atan2(Math.sin(bearing) * Math.sin(angle) * Math.cos(rad(lat)), Math.cos(angle) - Math.sin(rad(lat)) * Math.sin(y));
    return [lon + deg(x), deg(y)];
  });
  return [...ring, ring[0]];
}

/** A box [w, s, e, n] as a closed ring. */
export function boxRing([w, s, e, n]) {
  return [[w, s], [e, s], [e, n], [w, n], [w, s]];
}

/** Centre of a drawn circle: the mean of its ring. */
export function ringCentre(ring) {
  const points = ring.slice(0, -1);
  return [0, 1].map((k) => points.reduce((sum, point) => sum + point[k], 0) / points.length);
}

/** Radius of a drawn circle in metres. */
export function ringRadius(ring) {
  return distance(ringCentre(ring), ring[0]);
}

/** Where two sides of a ring cross, or null; sides that share a corner do not count. */
export function crossing(ring) {
  const count = ring.length - 1;
  for (let i = 0; i < count; i += 1) {
    for (let j = i + 2; j < count; j += 1) {
      if (i === 0 && j === count - 1) continue;
      const point = meet(ring[i], ring[i + 1], ring[j], ring[j + 1]);
      if (point) return point;
    }
  }
  return null;
}

function meet([x1, y1], [x2, y2], [x3, y3], [x4, y4]) {
  const d = (x2 - x1) * (y4 - y3) - (y2 - y1) * (x4 - x3);
  if (d === 0) return null;
  const t = ((x3 - x1) * (y4 - y3) - (y3 - y1) * (x4 - x3)) / d;
  const u = ((x3 - x1) * (y2 - y1) - (y3 - y1) * (x2 - x1)) / d;
  return t >= 0 && t <= 1 && u >= 0 && u <= 1 ? [x1 + t * (x2 - x1), y1 + t * (y2 - y1)] : null;
}

/** "w,s,e,n" as four numbers, or null where it is not a box. */
export function parseBox(text) {
  const box = (text || "").split(",").map(Number);
  return text && box.length === 4 && box.every(Number.isFinite) && box[0] <= box[2] && box[1] <= box[3] ? box : null;
}

/** Bounds of any GeoJSON geometry. */
export function bounds(geometry) {
  const flat = geometry.coordinates.flat(Infinity);
  const of = (k) => flat.filter((_, i) => i % 2 === k);
  return [Math.min(...of(0)), Math.min(...of(1)), Math.max(...of(0)), Math.max(...of(1))];
}

/** Lines of "lon,lat" as points. Throws {line, text} for the first that is none. */
export function parsePoints(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map((line, i) => {
    const point = line.split(/[,，\s]+/).map(Number);
    if (point.length !== 2 || !inWorld(point)) throw new PointError(i + 1, line);
    return point;
  });
}

export class PointError extends Error {
  constructor(line, text) {
    super(text);
    this.line = line;
    this.text = text;
  }
}

/** Whether a [lon, lat] lies on the map. */
export function inWorld([lon, lat]) {
  return Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lon) <= 180 && Math.abs(lat) <= 85;
}

/** Degrees as text, six digits (about 0.1 m). */
export function degrees(value) {
  return String(Number(value.toFixed(6)));
}
