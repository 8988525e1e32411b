/* The filter form of a register. Beside the map it changes the query; on its own page it is sent. */

export default class FilterForm {
  constructor(form) {
    this.form = form;
    form.addEventListener("submit", (event) => this.send(event));
    form.addEventListener("formdata", ({ formData }) => this.leaveOutEmpty(formData));
    form.querySelector("[data-clear]")?.addEventListener("click", () => this.clear());
  }

  /** An empty field is no condition; without this it would stand in the address. */
  leaveOutEmpty(data) {
    for (const name of new Set(data.keys())) {
      if (data.getAll(name).every((value) => value.trim() === "")) data.delete(name);
    }
  }

  send(event) {
    const detail = { entries: [...new FormData(this.form)], register: this.form.dataset.register };
    const taken = !this.form.dispatchEvent(new CustomEvent("geoapp:filter", { bubbles: true, cancelable: true, detail }));
    if (taken) event.preventDefault();
  }

  clear() {
    for (const field of this.form.elements) {
      if (field.type === "checkbox" || field.type === "radio") field.checked = false;
      else if (field.type !== "hidden" && field.name) field.value = "";
    }
    this.form.requestSubmit();
  }
}
