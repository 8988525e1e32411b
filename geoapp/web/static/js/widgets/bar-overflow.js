/* The bar's links that do not fit stand in its menu "more"; the page one is on stays in sight. */

export default class BarOverflow {
  constructor(nav) {
    this.nav = nav;
    this.more = nav.querySelector("[data-part=more]");
    this.links = [...nav.querySelectorAll(":scope > a")];
    this.items = [...this.more.querySelectorAll(".menu__item")];
    new ResizeObserver(() => this.fit()).observe(nav);
    document.addEventListener("geoapp:theme", () => requestAnimationFrame(() => this.fit()));
    document.fonts?.ready.then(() => this.fit());
    this.fit();
  }

  /** Put the last links that are not the current page's into the menu, until the rest fits. */
  fit() {
    if (!this.nav.clientWidth) return; // a phone has one menu for all of them
    this.show(new Set());
    const away = new Set();
    for (let i = this.links.length - 1; i >= 0 && this.isTooWide(); i -= 1) {
      if (this.links[i].hasAttribute("aria-current")) continue;
      away.add(i);
      this.show(away);
    }
    this.nav.dataset.fitted = "";
  }

  isTooWide() {
    const shown = [...this.nav.children].filter((child) => !child.hidden);
    const edge = this.nav.getBoundingClientRect();
    return shown.length > 0 && shown.at(-1).getBoundingClientRect().right > edge.right + 0.5;
  }

  show(away) {
    this.links.forEach((link, i) => { link.hidden = away.has(i); });
    this.items.forEach((item, i) => { item.hidden = !away.has(i); });
    this.more.hidden = away.size === 0;
    if (this.more.hidden) this.more.open = false;
  }
}
