/* Keyboard shortcuts of the map page. */

const ACTIONS = {
  "?": "help", "/": "search", f: "filter", l: "list", r: "regions", m: "map",
  v: "tool:view", p: "tool:polygon", c: "tool:circle", n: "tool:line", k: "tool:near", g: "tool:pick", x: "clear-shape",
};

/** The action of a key press, or null: nothing is taken from text fields, dialogs or the browser's own keys. */
export function actionOf({ key, ctrlKey, metaKey, altKey, inField, inDialog }) {
  if (ctrlKey || metaKey || altKey || inDialog) return null;
  if (key === "Escape") return "escape";
  if (inField) return null;
  return ACTIONS[key.length === 1 ? key.toLowerCase() : key] || null;
}

/** Index a list moves to for an arrow, Home or End key, or null for another key. */
export function moved(key, index, count) {
  const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: count - 1 }[key];
  return to === undefined || count === 0 ? null : Math.min(count - 1, Math.max(0, to));
}
