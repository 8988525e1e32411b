/* Short messages at the edge of the page. */

const SHOWN_MS = 6000;

/**
 * Show `text`; returns {update(text), close()}. `keep` leaves it until it is closed.
 * `action` = {text, href} or {text, run} adds one thing to do.
 */
export function showToast(text, { tone = "ok", keep = false, action = null } = {}) {
  const toast = Object.assign(document.createElement("div"), { className: `toast toast--${tone}` });
  const words = toast.appendChild(Object.assign(document.createElement("span"), { textContent: text }));
  if (action) toast.append(actionElement(action));
  document.getElementById("toasts").append(toast);
  const close = () => toast.remove();
  if (!keep) setTimeout(close, SHOWN_MS);
  return { close, update: (next) => { words.textContent = next; } };
}

function actionElement({ text, href, run }) {
  if (href) return Object.assign(document.createElement("a"), { href, textContent: text, className: "btn btn--secondary" });
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  button.addEventListener("click", run);
  return button;
}

/** Messages the server wrote into the page go away by themselves. */
export default class Toasts {
  constructor(element) {
    for (const toast of element.children) setTimeout(() => toast.remove(), 2 * SHOWN_MS);
  }
}
