/* Lengths and areas as people read them. */

/** Metres up to 1 km, then km. */
export function metresText(metres, locale = "zh-CN") {
  const km = metres >= 1000;
  const value = km ? metres / 1000 : metres;
  const digits = km ? (value < 10 ? 2 : 1) : value < 10 ? 1 : 0;
  return unit(value, digits, km ? "kilometer" : "meter", locale);
}

/** Square metres up to 0.1 km², then km². */
export function areaText(squareMetres, locale = "zh-CN") {
  const km = squareMetres >= 100_000;
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: km ? 2 : 0 }).format(km ? squareMetres / 1e6 : squareMetres);
  return `${number} ${km ? "km²" : "m²"}`;
}

function unit(value, digits, name, locale) {
  return new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits }).format(value);
}
