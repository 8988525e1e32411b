/* Aggregated cells: circles with a count, sliced by category. Names of images carry all they show. */

const SLICES = 12;
const SIZES = [19, 22, 26, 31, 32];

/** Diameter in pixels of a size class: under 10, 100, 1 000, 10 000 records, and more. */
export function diameter(size) {
  return SIZES[size];
}

/** Twelfths per category that sum to 12; any category that occurs gets at least one. */
export function shares(counts) {
  const total = counts.reduce((a, b) => a + b, 0);
  if (total === 0) return counts.map(() => 0);
  const parts = counts.map((c) => (c === 0 ? 0 : Math.max(1, Math.floor((c / total) * SLICES))));
  let rest = SLICES - parts.reduce((a, b) => a + b, 0);
  while (rest !== 0) {
    const step = Math.sign(rest);
    const gap = (i) => step * ((counts[i] / total) * SLICES - parts[i]);
    const open = parts.map((_, i) => i).filter((i) => counts[i] > 0 && parts[i] + step >= 1);
    parts[open.reduce((best, i) => (gap(i) > gap(best) ? i : best), open[0])] += step;
    rest -= step;
  }
  return parts;
}

/** MapLibre expression that names the image of a cell: "cell|houses|<size>|<twelfths, rounded up>". */
export function cellImage(register, categories) {
  const share = (value) => ["ceil", ["*", SLICES, ["/", ["coalesce", ["get", `c${value}`], 0], ["max", 1, ["get", "n"]]]]];
  const parts = categories.flatMap((value, i) => (i ? [",", ["to-string", share(value)]] : [["to-string", share(value)]]));
  const size = ["step", ["get", "n"], "0", 10, "1", 100, "2", 1000, "3", 10000, "4"];
  return ["concat", `cell|${register}|`, size, "|", ...parts];
}

/** The parts of such a name, or null for another image. */
export function readCellImage(name) {
  const [kind, register, size, counts] = name.split("|");
  if (kind !== "cell") return null;
  return { register, size: Number(size), shares: shares(counts ? counts.split(",").map(Number) : []) };
}

/** MapLibre expression of the count as text: exact below 10 000, then with one digit of 万 or k. */
export function countText(locale) {
  const chinese = locale === "zh-CN";
  const short = ["concat", ["number-format", ["/", ["get", "n"], chinese ? 10000 : 1000], { locale, "max-fraction-digits": 1 }], chinese ? "万" : "k"];
  return ["case", [">=", ["get", "n"], 10000], short, ["to-string", ["get", "n"]]];
}

/**
 * The nearest tiles a view may use. A tile counts in 32 by 32 cells: 16 pixels each, too narrow for
 * a figure. So cells come from tiles one zoom further out, and further still where the page is drawn
 * larger (`scale`); single records come from any tile up to `nearest`.
 */
export function nearestTile(zoom, firstSingle, scale, nearest) {
  const level = Math.floor(zoom);
  if (level >= firstShown(firstSingle, scale)) return nearest;
  return Math.max(0, level - 1 - larger(scale));
}

/** First zoom that shows single records: later where the page is drawn larger, for the same room on screen. */
export function firstShown(firstSingle, scale) {
  return firstSingle + larger(scale);
}

/** Zooms by which a page drawn `scale` times as large is further out than it seems. */
function larger(scale) {
  return Math.max(0, Math.round(Math.log2(scale)));
}
