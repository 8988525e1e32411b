/* The spatial choice of the query as GeoJSON, so that a link shows the shape it means. */

import { boxRing, circleRing, parseBox } from "../lib/geo.js";
import { valueOf } from "../lib/query.js";

const feature = (type, coordinates, properties = {}) => ({ type: "Feature", properties, geometry: { type, coordinates } });

/** Features of box, circle and nearest; a saved area is fetched by `readArea(id)`. Bad numbers draw nothing. */
export async function shapeOfQuery(query, readArea) {
  const numbers = (name) => (valueOf(query, name) || "").split(",").map(Number);
  const features = [];
  const box = parseBox(valueOf(query, "bbox"));
  if (box) features.push(feature("Polygon", [boxRing(box)]));
  const [lon, lat, metres] = numbers("circle");
  if (Number.isFinite(metres)) features.push(feature("Polygon", [circleRing([lon, lat], metres)]), feature("Point", [lon, lat]));
  const [nearLon, nearLat] = numbers("near");
  if (Number.isFinite(nearLat)) features.push(feature("Point", [nearLon, nearLat]));
  const area = valueOf(query, "area");
  if (area) features.push({ type: "Feature", properties: {}, geometry: await readArea(area) });
  return { type: "FeatureCollection", features };
}

/** The place of a fault, to be shown in red. */
export function faultAt(point) {
  return feature("Point", point, { fault: true });
}
