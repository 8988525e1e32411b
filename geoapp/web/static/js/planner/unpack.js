/* Cells as the server packs them (geoapp/planning/packing.py) to GeoJSON features. Pure. */

/** Features with id, properties {cell, block, community, grid, households, sites} and a Polygon or MultiPolygon. */
export function unpack({ scale, fields, communities, cells, polygons, rings, points, deltas }) {
  let [ring, polygon, at, x, y] = [0, 0, 0, 0, 0];
  const readRing = () => {
    const places = Array.from({ length: points[ring] }, () => {
      x += deltas[at];
      y += deltas[at + 1];
      at += 2;
      return [x / scale, y / scale];
    });
    ring += 1;
    places.push(places[0]);
    return places;
  };
  const readPolygon = () => {
    const found = Array.from({ length: rings[polygon] }, readRing);
    polygon += 1;
    return found;
  };
  return polygons.map((count, i) => {
    const properties = Object.fromEntries(fields.map((name, k) => [name, cells[i * fields.length + k]]));
    properties.community = communities[properties.community];
    const parts = Array.from({ length: count }, readPolygon);
    const geometry = count === 1 ? { type: "Polygon", coordinates: parts[0] } : { type: "MultiPolygon", coordinates: parts };
    return { type: "Feature", id: properties.cell, properties, geometry };
  });
}
