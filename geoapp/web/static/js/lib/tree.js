/* Arrow keys in a tree (WAI-ARIA Authoring Practices, Tree View Pattern). */

/** What a key does at the visible node `index`: {to}, {parent}, {turn} or null. `expanded`: "true", "false", null for a leaf. */
export function treeStep(key, { index, count, expanded }) {
  switch (key) {
    case "ArrowDown": return index < count - 1 ? { to: index + 1 } : null;
    case "ArrowUp": return index > 0 ? { to: index - 1 } : null;
    case "Home": return { to: 0 };
    case "End": return { to: count - 1 };
    case "ArrowRight": return expanded === "false" ? { turn: true } : expanded === "true" ? { to: index + 1 } : null;
    case "ArrowLeft": return expanded === "true" ? { turn: true } : { parent: true };
    default: return null;
  }
}
