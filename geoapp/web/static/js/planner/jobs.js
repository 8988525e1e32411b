/* A job of the server, from asking to its end: progress on the screen, cancel, the last word. */

import { Trouble } from "../lib/http.js";
import { make, say } from "./words.js";

const POLL_MS = 500;
const ENDED = ["done", "failed", "cancelled"];

export class JobView {
  /** `element` is filled; `ended(job)` follows once. */
  constructor(element, api, job, ended) {
    Object.assign(this, { element, api, ended });
    this.bar = make("progress", "job__bar", null, { max: "1", "aria-label": say(`job_${job.kind}`) });
    this.words = make("p", "job__words");
    this.stop = make("button", "btn btn--secondary", say("cancel"), { type: "button" });
    this.stop.addEventListener("click", () => this.cancel());
    this.words.setAttribute("role", "status");
    const frame = make("div", "job");
    frame.append(this.words, this.bar, this.stop);
    element.replaceChildren(frame);
    this.id = job.id;
    this.show(job);
    this.follow(job);
  }

  show({ state, kind, done, total }) {
    const known = total > 0 && state === "running";
    if (known) this.bar.value = done / total;
    else this.bar.removeAttribute("value");
    this.words.textContent = known ? say("job_at", { what: say(`job_${kind}`), share: Math.round((100 * done) / total) }) : say(state === "queued" ? "job_queued" : "job_running", { what: say(`job_${kind}`) });
  }

  async follow({ id }) {
    let job = { state: "queued" };
    while (!ENDED.includes(job.state) && this.element.isConnected) {
      await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
      try {
        job = await this.api.job(id);
        this.show(job);
      } catch (trouble) {
        if (!(trouble instanceof Trouble)) throw trouble;
        if (!["offline", "busy", "timeout", "failed"].includes(trouble.kind)) job = { id, state: "failed", error: trouble.detail };
      }
    }
    if (!ENDED.includes(job.state)) return;
    this.element.replaceChildren();
    this.ended(job);
  }

  async cancel() {
    this.stop.disabled = true;
    this.words.textContent = say("job_cancelling");
    await this.api.cancelJob(this.id).catch(() => { this.stop.disabled = false; });
  }
}
