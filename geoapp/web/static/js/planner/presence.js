/* Who else is here: tells the server that we are, shows the areas others hold, notices a newer version. */

import { Trouble } from "../lib/http.js";
import { make, say } from "./words.js";

const EVERY_MS = 10_000;

export class Presence {
  /** `on`: {newer(version), jobs(list), locks(list)}. */
  constructor(element, api, on) {
    Object.assign(this, { element, api, on });
    this.timer = setInterval(() => { if (!document.hidden) this.beat(); }, EVERY_MS);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.beat(); });
    addEventListener("pagehide", () => this.leave());
    this.beat();
  }

  async beat() {
    try {
      const { version, locks = [], jobs = [] } = await this.api.post("/presence", {});
      this.show(locks);
      this.on.locks(locks);
      this.on.jobs(jobs);
      this.on.newer(version);
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      this.element.replaceChildren(make("span", "badge badge--warn", say("presence_lost")));
    }
  }

  show(locks) {
    const others = locks.filter(({ mine }) => !mine);
    this.element.hidden = others.length === 0;
    this.element.replaceChildren(...others.map((lock) => make("span", "badge badge--warn", say("held_by", { who: lock.by, area: lock.community_name ?? lock.plan_name, plan: lock.plan_name }))));
  }

  /** The page goes away; the lock would end by itself a little later. */
  leave() {
    clearInterval(this.timer);
    this.api.post("/presence", { release: true }).catch(() => {});
  }
}
