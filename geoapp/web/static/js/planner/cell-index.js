/* Cells by place: which one lies under a point, which ones a brush touches, which ones a lasso holds. Degrees. */

export const METRES_PER_DEGREE = 111_195;

/** Metres between two [lon, lat] that lie near each other. */
export function metresBetween([lon1, lat1], [lon2, lat2]) {
  const x = (lon2 - lon1) * Math.cos(((lat1 + lat2) * Math.PI) / 360);
  return Math.hypot(x, lat2 - lat1) * METRES_PER_DEGREE;
}

/** Whether a [lon, lat] lies in a ring (closed or not). */
export function inRing([x, y], ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [x1, y1] = ring[i];
    const [x2, y2] = ring[j];
    if ((y1 > y) !== (y2 > y) && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

/** Whether a point lies in a Polygon or MultiPolygon. */
export function inGeometry(point, { type, coordinates }) {
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  return polygons.some(([outer, ...holes]) => inRing(point, outer) && !holes.some((hole) => inRing(point, hole)));
}

/** Distance in metres from a point to a path of points, and on which side of it the point lies (right is true). */
export function fromPath(point, path) {
  const k = Math.cos((point[1] * Math.PI) / 180);
  const flat = ([lon, lat]) => [(lon - point[0]) * k * METRES_PER_DEGREE, (lat - point[1]) * METRES_PER_DEGREE];
  let best = { metres: Infinity, right: false };
  for (let i = 1; i < path.length; i += 1) {
    const [x1, y1] = flat(path[i - 1]);
    const [x2, y2] = flat(path[i]);
    const [dx, dy] = [x2 - x1, y2 - y1];
    const t = Math.min(1, Math.max(0, -(x1 * dx + y1 * dy) / (dx * dx + dy * dy || 1)));
    const metres = Math.hypot(x1 + t * dx, y1 + t * dy);
    if (metres < best.metres) best = { metres, right: dx * -y1 - dy * -x1 < 0 };
  }
  return best;
}

function boxOf({ type, coordinates }) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [outer] of type === "Polygon" ? [coordinates] : coordinates) {
    for (const [x, y] of outer) {
      box[0] = Math.min(box[0], x); box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x); box[3] = Math.max(box[3], y);
    }
  }
  return box;
}

/** `features`: GeoJSON features with an id each. Buckets of about `metres` on a side. */
export class CellIndex {
  constructor(features, metres = 120) {
    this.step = metres / METRES_PER_DEGREE;
    this.buckets = new Map();
    this.cells = new Map();
    for (const { id, geometry } of features) this.add(id, geometry);
  }

  add(id, geometry) {
    const box = boxOf(geometry);
    const cell = { id, geometry, box, centre: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] };
    this.cells.set(id, cell);
    this.eachBucket(box, (key) => { if (this.buckets.has(key)) this.buckets.get(key).push(cell); else this.buckets.set(key, [cell]); });
  }

  eachBucket([w, s, e, n], run) {
    const at = (value) => Math.floor(value / this.step);
    for (let x = at(w); x <= at(e); x += 1) for (let y = at(s); y <= at(n); y += 1) run(`${x}:${y}`);
  }

  /** Id of the cell under a point, or null. */
  at(point) {
    let found = null;
    this.eachBucket([...point, ...point], (key) => {
      found ??= this.buckets.get(key)?.find(({ geometry }) => inGeometry(point, geometry))?.id ?? null;
    });
    return found;
  }

  /** Ids of cells a round brush touches: the one under it, and those with their centre within `metres`. */
  near(point, metres) {
    const lat = metres / METRES_PER_DEGREE;
    const lon = lat / Math.cos((point[1] * Math.PI) / 180);
    const found = new Set([this.at(point)].filter((id) => id !== null));
    this.eachBucket([point[0] - lon, point[1] - lat, point[0] + lon, point[1] + lat], (key) => {
      for (const { id, centre } of this.buckets.get(key) ?? []) if (metresBetween(point, centre) <= metres) found.add(id);
    });
    return found;
  }

  /** Ids of cells with their centre in a ring. */
  inside(ring) {
    return [...this.cells.values()].filter(({ centre }) => inRing(centre, ring)).map(({ id }) => id);
  }

  /** Ids of cells with their centre within `metres` of a path, or holding one of its points. */
  along(path, metres) {
    const under = new Set(path.map((point) => this.at(point)).filter((id) => id !== null));
    return [...this.cells.values()].filter(({ id, centre }) => under.has(id) || fromPath(centre, path).metres <= metres).map(({ id }) => id);
  }

  centre(id) {
    return this.cells.get(id)?.centre ?? null;
  }
}
