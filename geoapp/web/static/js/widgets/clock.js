/* Time of day and time of the last update, for the wall. */

import { readJson, speaker } from "../lib/messages.js";

export default class Clock {
  constructor(element) {
    this.element = element;
    this.time = element.querySelector("[data-part=time]");
    this.updated = element.querySelector("[data-part=updated]");
    document.addEventListener("geoapp:updated", (event) => this.showUpdate(event.detail.at));
    document.addEventListener("geoapp:theme", () => this.place());
    setInterval(() => this.tick(), 1000);
    this.place();
    const first = readJson("map-config").updated_at;
    if (first) this.showUpdate(new Date(first));
  }

  place() {
    this.element.hidden = document.documentElement.dataset.theme !== "wall";
    this.tick();
  }

  tick() {
    this.time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }).format(new Date());
  }

  showUpdate(at) {
    const say = speaker(readJson("map-messages"));
    const format = new Intl.DateTimeFormat(document.documentElement.lang, { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false });
    this.updated.textContent = say("updated", { time: format.format(at) });
  }
}
