/* Colours and sizes of the map, from the design tokens (css/tokens.css, --map-*). */

const NAMES = [
  "land", "nodata", "nodata-line", "residential", "park", "wood", "campus", "commercial", "industrial", "sport", "farm", "other",
  "water", "water-line", "water-text", "road", "road-case", "major", "major-case", "motorway", "motorway-case", "path", "rail", "rail-gap",
  "text", "text-2", "halo", "park-text", "gate", "border", "border-2", "border-halo", "shape", "focus", "cell", "cell-text", "cell-fill",
];

/** {colour(name), font, scale}: scale grows with the page's own type, so labels fit the wall. */
export function readPalette(root = document.documentElement) {
  const style = getComputedStyle(root);
  const colours = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--map-${name}`).trim()]));
  const font = style.getPropertyValue("--font").split(",").map((name) => name.trim().replaceAll('"', "")).filter((name) => name !== "system-ui");
  return { colours, font, scale: Math.max(1, Number.parseFloat(style.fontSize) / 14), dark: root.dataset.tone === "dark" };
}
