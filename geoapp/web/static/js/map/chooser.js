/* Several records under one finger: a short list to choose from. */

import { ask, Trouble } from "../lib/http.js";
import { moved } from "../lib/keys.js";
import { openedBy } from "../lib/layers.js";
import { say } from "./say.js";

export class Chooser {
  constructor(element, layers, choose) {
    this.element = element;
    this.layers = layers;
    this.choose = choose;
    element.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("pointerdown", (event) => { if (!element.contains(event.target)) this.close(); });
  }

  /** Offer `hits` at a point of the map in pixels; `more` were left out. */
  open(hits, more, point) {
    const title = Object.assign(document.createElement("p"), { className: "chooser__title", textContent: say("chooser_title", { n: hits.length + more }) });
    this.element.replaceChildren(title, ...hits.map((hit) => this.item(hit)));
    if (more) this.element.append(Object.assign(document.createElement("p"), { className: "chooser__more", textContent: say("chooser_more", { n: more }) }));
    this.element.hidden = false;
    const room = this.element.parentElement.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = this.element;
    this.element.style.left = `${Math.max(8, Math.min(point.x + 8, room.width - offsetWidth - 8))}px`;
    this.element.style.top = `${Math.max(8, Math.min(point.y + 8, room.height - offsetHeight - 8))}px`;
    this.element.querySelector("button").focus();
  }

  item(hit) {
    const layer = this.layers.find(({ register }) => register === hit.register);
    const entry = layer.legend.find(({ value }) => value === hit.properties.c);
    const button = Object.assign(document.createElement("button"), { type: "button", className: "chooser__item" });
    const words = Object.assign(document.createElement("span"), { textContent: [layer.title, entry?.label].filter(Boolean).join(" · ") });
    const row = document.querySelector(`.row[data-register="${hit.register}"][data-id="${hit.id}"] .row__link`);
    const label = Object.assign(document.createElement("small"), { textContent: row?.textContent.trim() || `#${hit.id}` });
    button.append(words, label);
    if (!row) this.name(hit, label);
    button.addEventListener("click", () => { this.close(); this.choose(hit); });
    return button;
  }

  /** A record that is not on the list's page is asked for its name; people stand for their house. */
  async name(hit, label) {
    const register = openedBy(hit.register);
    const field = this.layers.find((layer) => layer.register === register)?.label;
    if (!field) return;
    try {
      const address = `/ogc/collections/${register}/items/${hit.id}?properties=${field}`;
      const answer = await (await ask(address, { accept: "application/geo+json" })).json();
      label.textContent = answer.properties[field] || label.textContent;
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble; // without a name its number stays
    }
  }

  close() {
    this.element.hidden = true;
  }

  key(event) {
    const buttons = [...this.element.querySelectorAll("button")];
    const to = moved(event.key, buttons.indexOf(document.activeElement), buttons.length);
    if (to !== null) {
      event.preventDefault();
      buttons[to].focus();
    }
    if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    }
  }
}
