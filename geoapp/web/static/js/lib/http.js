/* One way to ask the server, one set of things that can go wrong. */

export class Trouble extends Error {
  /** kind: session, refused, forbidden, missing, busy, failed, offline, timeout. */
  constructor(kind, status = 0, message = "", field = null) {
    super(message || kind);
    this.kind = kind;
    this.status = status;
    this.detail = message;
    this.field = field;
  }
}

/** Kind of trouble a status means. */
export function kindOf(status) {
  if (status === 401) return "session";
  if (status === 403) return "forbidden";
  if (status === 404) return "missing";
  if (status === 429 || status === 503) return "busy";
  return status >= 500 ? "failed" : "refused";
}

/** The sentence in an error answer: JSON {description} or the error fragment's [data-part=message]. */
export function sentenceOf(body, type, parse) {
  try {
    if (type.includes("json")) return JSON.parse(body).description || "";
    return parse(body).querySelector("[data-part=message]")?.textContent.trim() || "";
  } catch {
    return ""; // an answer of a proxy in between, in a form of its own
  }
}

/** fetch() that throws Trouble for anything but 2xx; an abort stays an AbortError. */
export async function ask(url, { accept = "text/html", headers = {}, ...options } = {}) {
  const asFragment = accept === "text/html" ? { "HX-Request": "true" } : {};
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options, headers: { Accept: accept, ...asFragment, ...headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble(error.name === "TimeoutError" ? "timeout" : "offline");
  }
  if (response.redirected && new URL(response.url).pathname === "/sign-in") throw new Trouble("session", 401);
  if (response.ok) return response;
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");
  const text = await response.text();
  const message = sentenceOf(text, response.headers.get("Content-Type") || "", parse);
  throw Object.assign(new Trouble(kindOf(response.status), response.status, message), { text });
}

/** The form token the server wants with every writing request. */
export function csrfHeader(root = document) {
  return { "X-CSRF-Token": root.querySelector("meta[name=csrf-token]")?.content || "" };
}

/** Where to sign in and come back to this very view. */
export function signInAddress(location) {
  return `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
}
