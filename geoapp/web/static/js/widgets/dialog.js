/* A modal <dialog>: data-opens="id" opens it, data-closes="id" or a click outside closes it. */

export default class Dialog {
  constructor(element) {
    this.element = element;
    document.addEventListener("click", (event) => this.click(event));
    element.addEventListener("click", (event) => { if (event.target === element) element.close(); });
  }

  click(event) {
    const id = this.element.id;
    if (event.target.closest(`[data-opens="${id}"]`)) this.element.showModal();
    if (event.target.closest(`[data-closes="${id}"]`)) this.element.close();
  }
}
