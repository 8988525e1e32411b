/* Aggregated cells: circles with a count, sliced by category. Names of images carry all they show. */

const SLICES = 12;
const SIZES = [22, 26, 30, 36, 44];

/** Index of the size class for a count: 1, 10, 100, 1 000, 10 000 and more. */
export function sizeClass(n) {
  return Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, n)))));
}

/** Diameter in pixels of a size class. */
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

/** MapLibre expression that names the image of a cell: "cell|houses|<n>|<c0>,<c1>,…". */
export function cellImage(register, categories) {
  const counts = categories.flatMap((value, i) => [i ? "," : "", ["to-string", ["coalesce", ["get", `c${value}`], 0]]]);
  return ["concat", `cell|${register}|`, ["to-string", ["get", "n"]], "|", ...counts.filter((part) => part !== "")];
}

/** The parts of such a name, or null for another image. */
export function readCellImage(name) {
  const [kind, register, n, counts] = name.split("|");
  if (kind !== "cell") return null;
  return { register, n: Number(n), counts: counts ? counts.split(",").map(Number) : [] };
}
