/*
 * A text field for codes that offers names: a combobox over what the server may give, one level deeper by the
 * arrow to the right. A code that is typed stays possible; without this script the field takes codes alone.
 */

import { ask, Trouble } from "../lib/http.js";
import { moved } from "../lib/keys.js";
import { say, sentence } from "./trouble.js";

const WAIT_MS = 200;
const BREAKS = /[\s,;，；、]+/;

const make = (tag, facts = {}) => Object.assign(document.createElement(tag), facts);

export default class Picker {
  /** An element with data-url, data-several, and a text input with the codes that were sent or stored. */
  constructor(element) {
    this.element = element;
    this.several = "several" in element.dataset;
    this.input = element.querySelector("input");
    this.sent = make("input", { type: "hidden", name: this.input.name, value: this.input.value });
    this.chips = make("ul", { className: "chips picker__chips" });
    this.list = make("ul", { className: "picker__list", id: `${this.input.id}-list`, hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", element.dataset.label);
    this.codes = new Map(this.input.value.split(BREAKS).filter(Boolean).map((code) => [code, code]));
    this.become();
    this.listen();
    this.show();
    if (this.codes.size) this.nameThem();
  }

  become() {
    this.input.removeAttribute("name");
    this.input.value = "";
    this.input.inputMode = "text";
    this.input.autocomplete = "off";
    this.input.removeAttribute("maxlength");
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-autocomplete", "list");
    this.input.setAttribute("aria-expanded", "false");
    this.input.setAttribute("aria-controls", this.list.id);
    this.element.prepend(this.sent, this.chips);
    this.element.append(this.list);
  }

  listen() {
    this.input.addEventListener("input", () => { clearTimeout(this.waiting); this.waiting = setTimeout(() => this.offer({ q: this.input.value.trim() }), WAIT_MS); });
    this.input.addEventListener("focus", () => { if (!this.input.value) this.offer({}); });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => { this.takeTyped(); this.close(); });
    this.input.form.addEventListener("submit", () => this.takeTyped());
    // a press on the list must not take the focus from the field
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.click(event));
    this.chips.addEventListener("click", (event) => { const button = event.target.closest("button"); if (button) this.drop(button.value); });
  }

  async offer(question) {
    clearTimeout(this.waiting); // what was typed before has been answered by this
    this.asked = question;
    this.say(say("loading"));
    try {
      const found = await (await ask(`${this.element.dataset.url}?${new URLSearchParams(question)}`, { accept: "application/json" })).json();
      if (this.asked !== question || document.activeElement !== this.input) return;
      this.list.replaceChildren(...found.map((one, index) => this.option(one, index)));
      if (!found.length) this.say(say("nothing_found"));
      this.mark(found.length && question.q ? 0 : -1);
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      this.say(sentence(trouble.kind, { status: trouble.status, message: trouble.detail }));
    }
  }

  option({ code, name, note, children, may }, index) {
    const option = make("li", { className: "picker__option", id: `${this.list.id}-${index}` });
    option.setAttribute("role", "option");
    option.setAttribute("aria-disabled", String(!may));
    Object.assign(option.dataset, { code, name, ...(children ? { children: "" } : {}) });
    const words = option.appendChild(make("span", { className: "picker__words" }));
    words.append(make("strong", { textContent: name }), make("small", { textContent: note }));
    if (children) option.append(make("span", { className: "picker__deeper", textContent: "›", title: this.element.dataset.deeper }));
    return option;
  }

  say(text) {
    const line = make("li", { className: "picker__said", textContent: text });
    line.setAttribute("role", "none");
    this.list.replaceChildren(line);
    this.mark(-1);
  }

  options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  mark(index) {
    const options = this.options();
    options.forEach((option, i) => { option.ariaSelected = String(i === index); });
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    if (options[index]) {
      this.input.setAttribute("aria-activedescendant", options[index].id);
      options[index].scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const options = this.options();
    const index = options.findIndex((option) => option.ariaSelected === "true");
    if (event.key === "Escape" && !this.list.hidden) {
      event.stopPropagation();
      this.close();
    } else if (event.key === "Enter" && !this.list.hidden) {
      event.preventDefault();
      if (options[index]) this.choose(options[index]);
      else this.takeTyped();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      if (this.list.hidden) this.offer({ q: this.input.value.trim() });
      else if (options.length) this.mark(moved(event.key, index, options.length));
    } else if (event.key === "ArrowRight" && options[index]?.matches("[data-children]") && this.input.selectionEnd === this.input.value.length) {
      event.preventDefault();
      this.offer({ parent: options[index].dataset.code });
    } else if (event.key === "Backspace" && !this.input.value && this.codes.size) this.drop([...this.codes.keys()].at(-1));
  }

  click(event) {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    if (event.target.closest(".picker__deeper")) this.offer({ parent: option.dataset.code });
    else this.choose(option);
  }

  /** What may not be chosen is a step on the way: its parts are shown. */
  choose(option) {
    if (option.ariaDisabled === "true") {
      if ("children" in option.dataset) this.offer({ parent: option.dataset.code });
      return;
    }
    this.take(option.dataset.code, option.dataset.name);
    this.close();
  }

  take(code, name) {
    if (!this.several) this.codes.clear();
    this.codes.set(code, name);
    this.input.value = "";
    this.show();
  }

  /** What stands written counts as a code, so that nothing is lost unseen; the server says where it is none. */
  takeTyped() {
    const typed = this.input.value.split(BREAKS).filter(Boolean);
    if (!typed.length) return;
    for (const code of typed) this.take(code, code);
    this.close();
    this.nameThem();
  }

  drop(code) {
    this.codes.delete(code);
    this.show();
    this.input.focus();
  }

  show() {
    this.sent.value = [...this.codes.keys()].join(" ");
    this.chips.replaceChildren(...[...this.codes].map(([code, name]) => this.chip(code, name)));
    this.chips.hidden = !this.codes.size;
  }

  chip(code, name) {
    const chip = make("li", { className: "chip" });
    const words = chip.appendChild(make("span", { textContent: name }));
    if (name !== code) words.append(" ", make("small", { className: "chip__label", textContent: code }));
    const button = chip.appendChild(make("button", { type: "button", className: "chip__remove", value: code, textContent: "×" }));
    button.setAttribute("aria-label", this.element.dataset.remove.replace("{name}", name));
    return chip;
  }

  /** Names for codes that were stored or typed; one that is not there, or not ours, stays a code. */
  async nameThem() {
    const codes = [...this.codes.keys()].join(" ");
    const found = await ask(`${this.element.dataset.url}?${new URLSearchParams({ codes })}`, { accept: "application/json" }).then((r) => r.json()).catch(() => []);
    for (const { code, name } of found) if (this.codes.has(code)) this.codes.set(code, name);
    this.show();
  }

  close() {
    clearTimeout(this.waiting);
    this.asked = null;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
