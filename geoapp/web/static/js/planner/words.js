/* Sentences and figures of the planner's pages in the reader's language. */

import { readJson, speaker } from "../lib/messages.js";

export const say = speaker(readJson("messages"), readJson("planner-messages"));
export const locale = document.documentElement.lang;

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const parts = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** 1234 as "1,234"; nothing known is a dash. */
export function count(value) {
  return value === null || value === undefined ? "–" : whole.format(value);
}

export function decimal(value) {
  return value === null || value === undefined ? "–" : parts.format(value);
}

/** Square metres as hectares. */
export function hectares(metres) {
  return metres === null || metres === undefined ? "–" : parts.format(metres / 10_000);
}

/** An element with class and text. */
export function make(tag, className = "", text = null, attributes = {}) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Picture of the page's sprite. */
export function icon(name) {
  const sprite = document.querySelector("use").getAttribute("href").split("#")[0];
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
  svg.firstChild.setAttribute("href", `${sprite}#${name}`);
  return svg;
}

/** A time of the server in the reader's words. */
export function moment(text) {
  return text ? new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(text)) : "–";
}
