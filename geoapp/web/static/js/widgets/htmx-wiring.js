/* htmx, told about form tokens, errors and our modules. */

import { csrfHeader, kindOf, sentenceOf } from "../lib/http.js";
import { showToast } from "./toasts.js";
import { tellTrouble } from "./trouble.js";

/** Listen to htmx once for the whole page; `start` starts the modules of what was swapped in. */
export function wireHtmx(start) {
  const body = document.body;
  body.addEventListener("htmx:configRequest", (event) => Object.assign(event.detail.headers, csrfHeader()));
  body.addEventListener("htmx:load", (event) => start(event.detail.elt));
  body.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
    const parse = (text) => new DOMParser().parseFromString(text, "text/html");
    const message = sentenceOf(xhr.responseText, xhr.getResponseHeader("Content-Type") || "", parse);
    tellTrouble(kindOf(xhr.status), { status: xhr.status, message });
  });
  body.addEventListener("htmx:sendError", () => tellTrouble("offline"));
  body.addEventListener("htmx:timeout", () => tellTrouble("timeout"));
  // a form sent back with its errors (400, 409) is shown in its place
  body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const form = detail.requestConfig?.elt?.matches?.("form[data-errors-inside]");
    if (form && [400, 409].includes(detail.xhr.status)) Object.assign(detail, { shouldSwap: true, isError: false });
  });
  // after a write the server says where to go on: a whole page, unless somebody takes it (the map does)
  body.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, elt } = event.detail;
    const url = xhr.getResponseHeader("HX-Location");
    if (!url) return;
    event.preventDefault();
    const said = xhr.getResponseHeader("X-Said");
    if (said) showToast(decodeURIComponent(said));
    const asked = new CustomEvent("geoapp:go", { bubbles: true, cancelable: true, detail: { url } });
    if ((elt.isConnected ? elt : body).dispatchEvent(asked)) location.assign(url);
  });
  body.addEventListener("htmx:afterSettle", ({ detail }) => detail.elt.querySelector?.("[data-autofocus]")?.focus());
}
