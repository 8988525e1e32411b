/* What is to be known of a plan's area before one draws: buildings a border runs through, houses outside, and where. */

import { make, say } from "./words.js";

/** Fill `element` (a <details>) with the plan's notes; `show(note)` brings one to its place. */
export function showNotes(element, notes, show) {
  element.hidden = notes.length === 0;
  element.querySelector("summary").textContent = say("notes_n", { n: notes.length });
  element.querySelector("ul").replaceChildren(...notes.map((note) => {
    const text = note.name ? say("with_label", { label: note.name, text: note.description }) : note.description;
    const item = make("li");
    const line = note.at ? make("button", "link", text, { type: "button" }) : make("span", "", text);
    if (note.at) line.addEventListener("click", () => show(note));
    item.append(line);
    return item;
  }));
}
