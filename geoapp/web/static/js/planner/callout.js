/* A sentence at its place on the map; it goes with the map when that is moved. */

export class Callout {
  constructor(element, map) {
    Object.assign(this, { element, map, place: null });
    map.on("move", () => this.put());
  }

  show(place, text) {
    this.place = place;
    this.element.textContent = text;
    this.element.hidden = !place;
    this.put();
  }

  hide() {
    this.place = null;
    this.element.hidden = true;
  }

  put() {
    if (!this.place) return;
    const { x, y } = this.map.project(this.place);
    this.element.style.translate = `calc(${x}px - 50%) calc(${y - 22}px - 100%)`;
  }
}
