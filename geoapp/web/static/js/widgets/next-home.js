/* Where somebody lives next: shows the field that belongs to the chosen answer. */

export default class NextHome {
  constructor(form) {
    this.form = form;
    form.addEventListener("change", () => this.show());
    this.show();
  }

  show() {
    const chosen = this.form.elements.then.value;
    for (const part of this.form.querySelectorAll("[data-then]")) part.hidden = part.dataset.then !== chosen;
  }
}
