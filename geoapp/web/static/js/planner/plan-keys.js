/* Keyboard of the editor: one key, one action; the same table fills the help. */

export const KEYS = {
  "?": "help", v: "tool:select", b: "tool:paint", o: "tool:lasso", k: "tool:block", x: "tool:split", j: "tool:merge", d: "tool:drag",
  l: "lock", "[": "brush-smaller", "]": "brush-larger", m: "map", g: "table", h: "whole", f: "fit-grid", r: "renumber", "+": "zoom-in", "=": "zoom-in", "-": "zoom-out", p: "proposals", c: "compare",
};

/** The action of a key press, or null. Fields and dialogs keep their keys; Ctrl+Z, Ctrl+Y and Ctrl+Shift+Z are ours outside them. */
export function planAction({ key, ctrlKey, metaKey, altKey, shiftKey, inField, inDialog }) {
  if (inDialog || altKey) return null;
  if (ctrlKey || metaKey) {
    if (inField) return null;
    const pressed = key.toLowerCase();
    if (pressed === "z") return shiftKey ? "redo" : "undo";
    return pressed === "y" ? "redo" : null;
  }
  if (key === "Escape") return "escape";
  if (inField) return null;
  if (key === "L") return "lock-all";
  return KEYS[key.length === 1 ? key.toLowerCase() : key] ?? null;
}
