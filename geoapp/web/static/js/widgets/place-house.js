/*
 * A point for a house, clicked on the map beside the form.
 *
 * The map's part of it: while document.body.dataset.picking is set, a click on the map dispatches
 * the event "map:pick" on document with detail {lon, lat} in degrees and does nothing else.
 */

const DECIMALS = 7; // a centimetre

export default class PlaceHouse {
  constructor(form) {
    this.form = form;
    this.part = (name) => form.querySelector(`[data-part="${name}"]`);
    const map = document.getElementById("map");
    this.part("pick-tools").hidden = !map;
    this.part("no-map").hidden = Boolean(map);
    this.part("pick").addEventListener("click", () => (this.waiting ? this.stop() : this.start()));
    this.picked = ({ detail }) => this.fill(detail);
    this.pressed = (event) => this.escape(event);
    // the form may leave the page with its panel while the map still waits
    this.gone = new MutationObserver(() => { if (!form.isConnected) this.stop(); });
  }

  start() {
    this.waiting = true;
    document.body.dataset.picking = "house";
    document.addEventListener("map:pick", this.picked);
    document.addEventListener("keydown", this.pressed, true);
    this.gone.observe(document.body, { childList: true, subtree: true });
    this.tell("waiting");
  }

  stop() {
    this.waiting = false;
    delete document.body.dataset.picking;
    document.removeEventListener("map:pick", this.picked);
    document.removeEventListener("keydown", this.pressed, true);
    this.gone.disconnect();
    this.tell("");
  }

  fill({ lon, lat }) {
    this.stop();
    this.form.elements.lon.value = lon.toFixed(DECIMALS);
    this.form.elements.lat.value = lat.toFixed(DECIMALS);
    this.tell("picked");
    this.form.querySelector("[type=submit]").focus();
  }

  escape(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation(); // Escape ends the picking, not the panel
    this.stop();
  }

  tell(state) {
    const said = this.part("said");
    said.textContent = state ? said.dataset[state] : "";
    this.part("pick").setAttribute("aria-pressed", String(Boolean(this.waiting)));
  }
}
