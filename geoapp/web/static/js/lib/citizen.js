/* What an 18-digit citizen number says, or its old form of 15 digits (GB 11643); null for one that is wrong. */

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = "10X98765432";

/** {born: "1990-02-28", sex: "M" | "F"} */
export function readCitizen(text) {
  const number = plain(text);
  const body = number.length === 15 ? `${number.slice(0, 6)}19${number.slice(6)}` : number.slice(0, 17);
  if (!/^\d{17}$/.test(body) || ![15, 18].includes(number.length)) return null;
  if (number.length === 18 && number[17] !== checkDigit(body)) return null;
  const born = `${body.slice(6, 10)}-${body.slice(10, 12)}-${body.slice(12, 14)}`;
  if (!isDay(born)) return null;
  return { born, sex: Number(body[16]) % 2 ? "M" : "F" };
}

/** The number as it is compared: capitals, without spaces and hyphens. */
export function plain(text) {
  return text.normalize("NFKC").toUpperCase().replace(/[\s-]/g, "");
}

function checkDigit(body) {
  return CHECKS[WEIGHTS.reduce((sum, weight, i) => sum + weight * Number(body[i]), 0) % 11];
}

function isDay(text) {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
