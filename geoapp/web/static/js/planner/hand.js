/*
 * One pair of hands for mouse, pen, finger and keyboard: press, move, release at places of the map.
 * Keyboard: arrows move a cursor (with Shift in large steps), Space presses and releases it, Enter is a click.
 * A drag with Shift moves the map, whatever tool is in use. What a tool takes never reaches MapLibre, which would
 * paint the map anew for each press.
 */

const STEP = 14;
const FAR = 70;
const EDGE = 48;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Hand {
  /** `holds()`: whether the tool in use wants presses; else they move the map. */
  constructor(map, { holds, press, move, release, hover, cursor }) {
    Object.assign(this, { map, holds, press, move, release, hover, cursor });
    this.at = null;
    this.down = false;
    const canvas = map.getCanvas();
    const stage = map.getCanvasContainer();
    const early = { capture: true, passive: false };
    for (const name of ["mousedown", "touchstart"]) stage.addEventListener(name, (event) => this.pressed(event), early);
    for (const name of ["mousemove", "touchmove"]) stage.addEventListener(name, (event) => this.moved(event), early);
    for (const name of ["mouseup", "touchend", "click"]) stage.addEventListener(name, (event) => this.ended(event), early);
    addEventListener("pointerup", () => this.released());
    addEventListener("touchend", () => this.released());
    stage.addEventListener("mouseleave", () => this.hover(null));
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => { if (!this.down) this.forget(); });
  }

  /** The place on the map under a mouse or the one finger; null for several. */
  placeOf(event) {
    const touches = event.touches ?? [event];
    if (touches.length !== 1) return null;
    const box = this.map.getCanvas().getBoundingClientRect();
    const { lng, lat } = this.map.unproject([touches[0].clientX - box.left, touches[0].clientY - box.top]);
    return [lng, lat];
  }

  pressed(event) {
    const place = this.placeOf(event);
    this.mine = Boolean(place) && !(event.button > 0) && !event.shiftKey && this.holds();
    if (!this.mine) return;
    this.keep(event); // the map stays where it is
    this.map.getCanvas().focus({ preventScroll: true });
    this.forget();
    this.down = true;
    this.press(place);
  }

  moved(event) {
    const place = this.placeOf(event);
    if (!place) return;
    if (this.down && !this.at) { this.keep(event); this.move(place); } else if (!this.down) this.hover(place);
  }

  ended(event) {
    if (this.mine) this.keep(event);
    if (event.type === "click") this.mine = false;
  }

  keep(event) {
    if (event.cancelable) event.preventDefault();
    event.stopPropagation();
  }

  released() {
    if (!this.down || this.at) return;
    this.down = false;
    this.release();
  }

  /** The keyboard's cursor is put away; what was begun with it ends. */
  forget() {
    this.at = null;
    this.cursor(null, false);
  }

  cancel() {
    this.down = false;
    this.forget();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) this.step(arrow, event.shiftKey ? FAR : STEP);
    else if (event.key === " ") this.toggle();
    else if (event.key === "Enter" && this.at && !this.down) { this.toggle(); this.toggle(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Without a tool that takes presses the arrows move the map itself. */
  step([x, y], pixels) {
    if (!this.holds()) {
      this.map.panBy([x * FAR, y * FAR], { animate: false });
      return;
    }
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    const before = this.at ? this.map.project(this.at) : { x: width / 2, y: height / 2 };
    const point = [before.x + x * pixels, before.y + y * pixels];
    const out = [point[0] < EDGE || point[0] > width - EDGE, point[1] < EDGE || point[1] > height - EDGE];
    const { lng, lat } = this.map.unproject(point);
    this.at = [lng, lat];
    if (out[0] || out[1]) this.map.panBy([out[0] ? x * pixels : 0, out[1] ? y * pixels : 0], { animate: false });
    if (this.down) this.move(this.at);
    else this.hover(this.at);
    this.cursor(this.at, this.down);
  }

  toggle() {
    if (!this.holds()) return;
    if (!this.at) {
      const { lng, lat } = this.map.getCenter();
      this.at = [lng, lat];
    }
    this.down = !this.down;
    if (this.down) this.press(this.at);
    else this.release();
    this.cursor(this.at, this.down);
  }
}
