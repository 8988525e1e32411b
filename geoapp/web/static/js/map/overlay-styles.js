/* What lies over the data: the spatial choice of the query, what is hovered and what is selected. */

const EMPTY = { type: "FeatureCollection", features: [] };

export function overlaySources(shapes = EMPTY, focus = EMPTY) {
  return { shape: { type: "geojson", data: shapes }, focus: { type: "geojson", data: focus } };
}

export function overlayLayers({ colours: c, scale }) {
  const polygon = ["==", ["geometry-type"], "Polygon"];
  const point = ["==", ["geometry-type"], "Point"];
  return {
    below: [
      { id: "shape-fill", type: "fill", source: "shape", filter: polygon, paint: { "fill-color": c.shape, "fill-opacity": 0.08 } },
      { id: "shape-case", type: "line", source: "shape", filter: ["!", point], paint: { "line-color": c.halo, "line-width": 5 * scale, "line-opacity": 0.8 } },
      { id: "shape-line", type: "line", source: "shape", filter: ["!", point], layout: { "line-join": "round" }, paint: { "line-color": c.shape, "line-width": 2.2 * scale, "line-dasharray": [3, 1.5] } },
    ],
    above: [
      { id: "shape-point", type: "circle", source: "shape", filter: ["all", point, ["!", ["has", "fault"]]], paint: { "circle-radius": 6 * scale, "circle-color": c.shape, "circle-stroke-color": c.halo, "circle-stroke-width": 2 } },
      { id: "shape-fault", type: "circle", source: "shape", filter: ["has", "fault"], paint: { "circle-radius": 12 * scale, "circle-color": "#ff2d20", "circle-opacity": 0.25, "circle-stroke-color": "#ff2d20", "circle-stroke-width": 3 } },
      ring("hover", 11, 2.5, c, scale), ring("selected", 14, 3.5, c, scale),
    ],
  };
}

function ring(kind, radius, width, c, scale) {
  return {
    id: `focus-${kind}`, type: "circle", source: "focus", filter: ["==", ["get", "kind"], kind],
    paint: { "circle-radius": radius * scale, "circle-opacity": 0, "circle-stroke-color": c.focus, "circle-stroke-width": width * scale },
  };
}
