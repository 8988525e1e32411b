/* The bar at the top: shown while anything runs longer than 300 ms. */

const PATIENCE_MS = 300;

export class Progress {
  constructor(element) {
    this.element = element;
    this.running = 0;
  }

  /** Something began; call the answer when it is done. */
  begin() {
    this.running += 1;
    this.timer ??= setTimeout(() => { this.element.hidden = false; }, PATIENCE_MS);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.running -= 1;
      if (this.running === 0) this.hide();
    };
  }

  hide() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.element.hidden = true;
  }
}
