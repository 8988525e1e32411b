/* Says what went wrong, in one place and in the reader's language. */

import { readJson, speaker } from "../lib/messages.js";
import { leavePage } from "../lib/session.js";
import { showToast } from "./toasts.js";

export const say = speaker(readJson("messages"));

const SENTENCES = { forbidden: "forbidden", missing: "not_found", busy: "busy", failed: "failed", offline: "offline", timeout: "timeout", refused: "refused" };

/** One sentence for a kind of trouble; the server's own words come first. */
export function sentence(kind, { status = 0, message = "" } = {}) {
  return message || say(SENTENCES[kind] || "failed", { status });
}

/** Title above that sentence. */
export function titleOf(kind) {
  return say(kind === "offline" ? "offline_title" : "failed_title");
}

/** A toast for trouble that has no place of its own; an expired session leaves nothing on the page. */
export function tellTrouble(kind, facts = {}) {
  if (kind === "session") {
    leavePage();
    return;
  }
  showToast(sentence(kind, facts), { tone: "bad" });
}

/** The same in the place of what should have been there: icon, title, sentence, retry. */
export function troubleState(trouble, retry) {
  const state = document.createElement("div");
  state.className = "state state--bad";
  state.setAttribute("role", "alert");
  const add = (tag, name, text) => state.appendChild(Object.assign(document.createElement(tag), { className: name, textContent: text }));
  add("p", "state__title", titleOf(trouble.kind));
  add("p", "state__text", sentence(trouble.kind, { status: trouble.status, message: trouble.detail }));
  const actions = add("div", "state__actions", "");
  if (trouble.kind === "session") {
    leavePage();
  } else if (retry) {
    const button = Object.assign(document.createElement("button"), { className: "btn btn--secondary", type: "button", textContent: say("retry") });
    button.addEventListener("click", retry);
    actions.append(button);
  }
  return state;
}
