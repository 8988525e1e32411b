/* Rows on a small map: points and outlines in the colour of their choice, each with its label. */

export function rowSource(features) {
  return { type: "geojson", data: features };
}

/** `colours` by the property n, the last one for all beyond. */
export function rowLayers({ colours: c, font, scale }, colours) {
  const colour = ["match", ["get", "n"], ...colours.slice(0, -1).flatMap((value, n) => [n, value]), colours.at(-1)];
  const point = ["==", ["geometry-type"], "Point"];
  const area = ["!", point];
  const label = (id, filter, offset) => ({
    id, type: "symbol", source: "rows", filter,
    layout: { "text-field": ["get", "label"], "text-font": font, "text-size": 12 * scale, "text-offset": offset, "text-optional": true },
    paint: { "text-color": c.text, "text-halo-color": c.halo, "text-halo-width": 1.6 * scale },
  });
  return [
    { id: "rows-area", type: "fill", source: "rows", filter: area, paint: { "fill-color": colour, "fill-opacity": 0.16 } },
    { id: "rows-line", type: "line", source: "rows", filter: area, paint: { "line-color": colour, "line-width": 2 * scale } },
    { id: "rows-point", type: "circle", source: "rows", filter: point, paint: { "circle-radius": 7 * scale, "circle-color": colour, "circle-stroke-color": c.halo, "circle-stroke-width": 2 } },
    label("rows-area-label", area, [0, 0]),
    label("rows-label", point, [0, -1.3]),
  ];
}

/** Outlines of areas and, once in each, its number: a label on the outline itself would stand in every tile it crosses. */
export function countedSources({ features }) {
  const numbers = features.map(({ properties: { label, at } }) => ({ type: "Feature", geometry: { type: "Point", coordinates: at }, properties: { label } }));
  return { rows: rowSource({ type: "FeatureCollection", features }), numbers: rowSource({ type: "FeatureCollection", features: numbers }) };
}

/** `opacity` of the fill: faint where single places lie on it. */
export function countedAreas({ colours: c, font, scale }, opacity) {
  return [
    { id: "rows-area", type: "fill", source: "rows", paint: { "fill-color": c["border-2"], "fill-opacity": opacity } },
    { id: "rows-line", type: "line", source: "rows", layout: { "line-join": "round" }, paint: { "line-color": c["border-2"], "line-width": 2 * scale, "line-dasharray": [3, 2] } },
    { id: "rows-number", type: "symbol", source: "numbers",
      layout: { "text-field": ["get", "label"], "text-font": font, "text-size": 16 * scale, "text-allow-overlap": true, "text-ignore-placement": true },
      paint: { "text-color": c["border-2"], "text-halo-color": c.halo, "text-halo-width": 2.5 * scale } },
  ];
}
