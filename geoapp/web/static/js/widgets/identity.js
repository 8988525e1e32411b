/*
 * The form of a person: the number typed once fills sex and day of birth; what the chosen type does not
 * ask for is hidden. The server reads the number again.
 */

import { readCitizen } from "../lib/citizen.js";

const WITH_CHECK = ["citizen", "hmt_residence"];

export default class Identity {
  constructor(form) {
    this.form = form;
    form.addEventListener("input", (event) => event.target.name === "id_number" && this.fill());
    form.addEventListener("change", () => this.show());
    this.show();
  }

  fill() {
    const { id_kind: kind, id_number: number, sex, birth_date: born } = this.form.elements;
    const said = kind && WITH_CHECK.includes(kind.value) ? readCitizen(number.value) : null;
    if (said) [sex.value, born.value] = [said.sex, said.born];
  }

  show() {
    const { type, id_kind: kind } = this.form.elements;
    for (const part of this.form.querySelectorAll("[data-type]")) part.hidden = part.dataset.type !== type.value;
    for (const part of this.form.querySelectorAll("[data-without]")) part.hidden = part.dataset.without === kind.value;
  }
}
