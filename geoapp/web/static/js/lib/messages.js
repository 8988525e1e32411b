/* Sentences in the reader's language, from a JSON script element the template fills. */

/** `text` with {name} filled in; an unknown name stays, so that it is seen. */
export function fill(text, facts = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? String(facts[name]) : whole));
}

/** A reader of several JSON elements: say("count", {n: 3}). Throws for a name none of them has. */
export function speaker(...tables) {
  const words = Object.assign({}, ...tables);
  return (name, facts) => {
    if (!(name in words)) throw new Error(`no message named ${name}`);
    return fill(words[name], facts);
  };
}

/** The data of <script type="application/json" id="…">; {} where the page has none. */
export function readJson(id, root = document) {
  const element = root.getElementById(id);
  return element ? JSON.parse(element.textContent) : {};
}
