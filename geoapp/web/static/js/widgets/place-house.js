/*
 * A point for a house, clicked on the map beside the form. The map answers the event
 * "geoapp:pick-point" (map/tool-bar.js); without a map the two numbers are typed. Some forms offer
 * the place one stands at: asked for once, by a press of the button, and never followed (D2.1).
 */

const DECIMALS = 7; // a centimetre

export default class PlaceHouse {
  constructor(form) {
    this.form = form;
    this.part = (name) => form.querySelector(`[data-part="${name}"]`);
    const map = document.getElementById("map");
    this.part("pick-tools").hidden = !map;
    this.part("no-map").hidden = Boolean(map);
    this.part("pick").addEventListener("click", () => this.ask());
    const here = this.part("here");
    if (!here || !navigator.geolocation) return;
    here.hidden = false;
    here.addEventListener("click", () => this.askHere(here));
  }

  askHere(button) {
    const options = { enableHighAccuracy: true, timeout: 20_000, maximumAge: 0 };
    const done = ({ coords }) => this.fill({ lon: coords.longitude, lat: coords.latitude });
    button.disabled = true;
    const finish = (then) => (answer) => {
      button.disabled = false;
      if (this.form.isConnected) then(answer);
    };
    navigator.geolocation.getCurrentPosition(finish(done), finish(() => this.tell("nowhere")), options);
  }

  ask() {
    this.tell("waiting");
    const detail = {
      hint: this.part("said").dataset.waiting,
      done: (point) => { if (this.form.isConnected) this.fill(point); },
      cancelled: () => this.tell(""),
    };
    document.dispatchEvent(new CustomEvent("geoapp:pick-point", { detail }));
  }

  fill({ lon, lat }) {
    this.form.elements.lon.value = lon.toFixed(DECIMALS);
    this.form.elements.lat.value = lat.toFixed(DECIMALS);
    this.tell("picked");
    this.form.querySelector("[type=submit]").focus();
  }

  tell(state) {
    const said = this.part("said");
    said.textContent = state ? said.dataset[state] : "";
    this.part("pick").setAttribute("aria-pressed", String(state === "waiting"));
  }
}
