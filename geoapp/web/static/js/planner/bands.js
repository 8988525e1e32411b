/* Where a grid stands against the band of households: a class, a sign and a word, so that colour is never alone. */

export const CLASSES = ["far-under", "under", "in", "over", "far-over", "dedicated"];
const FAR = 0.2;

/** Households outside the band, signed: -20 is twenty too few, 0 is inside. */
export function deviationOf(households, { low, high }) {
  if (households < low) return households - low;
  return households > high ? households - high : 0;
}

/** One of CLASSES; "far" is more than a fifth of the nearer end of the band away; the band does not bind a dedicated grid. */
export function classOf({ deviation, dedicated = false }, { low, high }) {
  if (dedicated) return "dedicated";
  if (deviation === 0) return "in";
  if (deviation < 0) return -deviation > FAR * low ? "far-under" : "under";
  return deviation > FAR * high ? "far-over" : "over";
}

/** "+12", "−37" or "✓"; "◆" for a dedicated grid. */
export function signText({ deviation, dedicated = false }) {
  if (dedicated) return "◆";
  if (deviation === 0) return "✓";
  return deviation > 0 ? `+${deviation}` : `−${-deviation}`;
}

/** Two lines of a grid's label on the map: its number with marks, households with the sign. */
export function labelOf({ number, households, deviation, dedicated, marks = "" }) {
  return `${number}${marks}\n${households} ${signText({ deviation, dedicated })}`;
}
