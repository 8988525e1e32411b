/* The base map, drawn from our own tiles: land use, water, roads with casings and names, railways, gates. */

const GREEN = ["park", "garden", "grass", "recreation_ground", "village_green", "greenfield", "cemetery", "golf_course", "meadow", "nature_reserve", "flowerbed"];
const GROUPS = [
  ["wood", ["forest", "wood", "scrub"]],
  ["park", GREEN],
  ["campus", ["university", "school", "college", "kindergarten", "education"]],
  ["sport", ["pitch", "sports_centre", "stadium", "track", "playground", "swimming_pool"]],
  ["commercial", ["commercial", "retail"]],
  ["industrial", ["industrial", "railway", "construction", "brownfield"]],
  ["residential", ["residential"]],
  ["farm", ["farmland", "orchard", "farmyard", "allotments", "plant_nursery"]],
];
const MOTORWAY = ["motorway", "motorway_link", "trunk", "trunk_link"];
const MAJOR = ["primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link"];
const MINOR = ["residential", "unclassified", "living_street", "service", "road", "pedestrian"];
const kind = ["get", "kind"];
const among = (list) => ["in", kind, ["literal", list]];
const width = (...stops) => ["interpolate", ["exponential", 1.5], ["zoom"], ...stops];

/** Source of the base tiles. */
export function baseSource(origin) {
  return { type: "vector", tiles: [`${origin}/tiles/base/{z}/{x}/{y}.mvt`], minzoom: 0, maxzoom: 16 };
}

/** Layers below the data: the hatch of "no data" everywhere, then what is known on top of it. */
export function baseLayers({ colours: c }) {
  const layer = (id, type, source, paint, extra = {}) => ({ id: `base-${id}`, type, source: "base", "source-layer": source, paint, ...extra });
  return [
    { id: "base-nodata", type: "background", paint: { "background-color": c.nodata } },
    { id: "base-nodata-hatch", type: "background", paint: { "background-pattern": `nodata|${c.nodata}|${c["nodata-line"]}` } },
    layer("coverage", "fill", "coverage", { "fill-color": c.land }),
    layer("landuse", "fill", "landuse", { "fill-color": landColour(c), "fill-opacity": ["interpolate", ["linear"], ["zoom"], 9, 0.6, 13, 1] }),
    layer("water", "fill", "water", { "fill-color": c.water, "fill-outline-color": c["water-line"] }, { filter: ["==", ["geometry-type"], "Polygon"] }),
    layer("stream", "line", "water", { "line-color": c.water, "line-width": width(10, 1, 16, 6) }, { filter: ["==", ["geometry-type"], "LineString"] }),
    ...railway(layer, c),
    ...roads(layer, c),
    layer("gate", "circle", "gate", { "circle-radius": width(16, 2, 19, 5), "circle-color": c.halo, "circle-stroke-color": c.gate, "circle-stroke-width": 1.5 }, { minzoom: 16 }),
  ];
}

function landColour(c) {
  return ["case", ...GROUPS.flatMap(([name, kinds]) => [among(kinds), c[name]]), c.other];
}

function railway(layer, c) {
  return [
    layer("rail", "line", "railway", { "line-color": c.rail, "line-width": width(10, 1, 16, 4) }, { minzoom: 10 }),
    layer("rail-gap", "line", "railway", { "line-color": c["rail-gap"], "line-width": width(10, 0.5, 16, 2.4), "line-dasharray": [4, 4] }, { minzoom: 12 }),
  ];
}

function roads(layer, c) {
  const round = { layout: { "line-cap": "round", "line-join": "round" } };
  const classes = [
    ["minor", among(MINOR), c.road, c["road-case"], [12, 0.4, 14, 1.6, 16, 5, 19, 20], 12],
    ["major", among(MAJOR), c.major, c["major-case"], [9, 0.6, 12, 2, 14, 4, 16, 9, 19, 32], 9],
    ["motorway", among(MOTORWAY), c.motorway, c["motorway-case"], [6, 0.6, 11, 2.2, 14, 5, 16, 11, 19, 38], 5],
  ];
  const wider = (stops) => stops.map((value, i) => (i % 2 ? value + Math.min(2, 0.6 + value * 0.2) : value));
  const path = layer("path", "line", "road", { "line-color": c.path, "line-width": width(14, 0.6, 18, 2), "line-dasharray": [3, 2] }, {
    minzoom: 15, filter: ["!", among([...MINOR, ...MAJOR, ...MOTORWAY])],
  });
  const casings = classes.map(([id, filter, , casing, stops, minzoom]) =>
    layer(`${id}-case`, "line", "road", { "line-color": casing, "line-width": width(...wider(stops)) }, { ...round, filter, minzoom }));
  const fills = classes.map(([id, filter, fill, , stops, minzoom]) =>
    layer(id, "line", "road", { "line-color": fill, "line-width": width(...stops) }, { ...round, filter, minzoom }));
  return [path, ...casings, ...fills];
}

/** Names, above the data's areas and below its points. No glyphs: MapLibre draws them with the reader's fonts. */
export function baseLabels({ colours: c, font, scale }) {
  const text = (id, source, size, colour, extra) => ({
    id: `base-${id}`, type: "symbol", source: "base", "source-layer": source, filter: ["has", "name"],
    ...extra,
    layout: { "text-field": ["get", "name"], "text-font": font, "text-size": size * scale, "text-max-width": 8, ...extra.layout },
    paint: { "text-color": colour, "text-halo-color": c.halo, "text-halo-width": 1.4 * scale },
  });
  const line = { "symbol-placement": "line", "symbol-spacing": 320, "text-max-angle": 35, "text-letter-spacing": 0.06 };
  return [
    text("road-name-minor", "road", 11, c["text-2"], { minzoom: 15.5, filter: ["all", ["has", "name"], among(MINOR)], layout: line }),
    text("road-name", "road", 12, c.text, { minzoom: 12.5, filter: ["all", ["has", "name"], among([...MAJOR, ...MOTORWAY])], layout: line }),
    text("water-name", "water", 12, c["water-text"], { minzoom: 12, layout: {} }),
    text("land-name", "landuse", 11, c["park-text"], { minzoom: 14.5, filter: ["all", ["has", "name"], ["==", ["geometry-type"], "Polygon"]], layout: {} }),
  ];
}
