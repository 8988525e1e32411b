/* A <details> that behaves like a menu: a click elsewhere or Escape closes it. */

export default class Menu {
  constructor(element) {
    this.element = element;
    document.addEventListener("click", (event) => { if (!element.contains(event.target)) element.open = false; });
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("click", (event) => { if (event.target.closest(".menu__item")) element.open = false; });
  }

  key(event) {
    if (event.key === "Escape" && this.element.open) {
      event.stopPropagation();
      this.element.open = false;
      this.element.querySelector("summary").focus();
    }
    const items = [...this.element.querySelectorAll(".menu__item")].filter((item) => !item.hidden);
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || !items.length) return;
    event.preventDefault();
    this.element.open = true;
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = items.indexOf(document.activeElement);
    const index = at < 0 && step < 0 ? -1 : at + step; // up from none is the last
    items[(index + items.length) % items.length].focus();
  }
}
