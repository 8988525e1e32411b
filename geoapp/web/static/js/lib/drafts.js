/*
 * What is typed into a form and not saved yet, kept in the browser under a key of the session: after it has
 * ended nobody reads it, neither the next person on the same phone nor a copy of the storage.
 */

const PREFIX = "geoapp-draft:";
const NEVER = ["csrf_token", "version"];
const coder = new TextEncoder();

/** Where the draft of a form is kept: its address and the house it is for; nothing of a person. */
export function placeOf(action, house = "") {
  return `${PREFIX}${action}${house ? `#${house}` : ""}`;
}

/** The values of a form as [name, value] pairs, without what belongs to the page. */
export function valuesOf(pairs) {
  return [...pairs].filter(([name, value]) => typeof value === "string" && !NEVER.includes(name));
}

/** Text that only the same session opens: base64 of nonce and ciphertext. */
export async function seal(pairs, session) {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const body = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, await keyOf(session), coder.encode(JSON.stringify(pairs)));
  return btoa(String.fromCharCode(...nonce, ...new Uint8Array(body)));
}

/** The pairs again, or null for what another session wrote. */
export async function open(sealed, session) {
  try {
    const bytes = Uint8Array.from(atob(sealed), (sign) => sign.charCodeAt(0));
    const body = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, 12) }, await keyOf(session), bytes.slice(12));
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}

/** No draft stays: at sign-out, and before somebody signs in. */
export function forgetDrafts(storage) {
  for (const name of Object.keys(storage).filter((key) => key.startsWith(PREFIX))) storage.removeItem(name);
}

async function keyOf(session) {
  const digest = await crypto.subtle.digest("SHA-256", coder.encode(`${PREFIX}${session}`));
  return crypto.subtle.importKey("raw", digest, "AES-GCM", false, ["encrypt", "decrypt"]);
}
