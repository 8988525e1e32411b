/* Lengths and areas as people read them. */

const UNITS = {
  zh: { m: "米", km: "公里", m2: "平方米", km2: "平方公里" },
  en: { m: "m", km: "km", m2: "m²", km2: "km²" },
};

/** Metres up to 1 km, then km. */
export function metresText(metres, locale = "zh-CN") {
  if (metres < 1000) return text(metres, metres < 10 ? 1 : 0, "m", locale);
  return text(metres / 1000, metres < 10_000 ? 2 : 1, "km", locale);
}

/** Square metres up to 0.1 km², then km². */
export function areaText(squareMetres, locale = "zh-CN") {
  if (squareMetres < 100_000) return text(squareMetres, 0, "m2", locale);
  return text(squareMetres / 1e6, 2, "km2", locale);
}

function text(value, digits, unit, locale) {
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  return `${number} ${UNITS[locale.slice(0, 2)][unit]}`;
}
