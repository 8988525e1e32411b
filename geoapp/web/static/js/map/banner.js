/* What concerns the whole page: no network, session expired, tiles that did not come. */

import { leavePage } from "../lib/session.js";
import { sentence } from "../widgets/trouble.js";
import { say } from "./say.js";

const GONE_MS = 4000;

export class Banner {
  /** `again` loads everything anew. */
  constructor(element, again) {
    this.element = element;
    this.again = again;
    addEventListener("offline", () => this.show(say("offline")));
    addEventListener("online", () => this.back());
    if (!navigator.onLine) this.show(say("offline"));
  }

  show(text, action = null) {
    this.element.className = "banner";
    this.element.replaceChildren(Object.assign(document.createElement("span"), { textContent: text }), ...(action ? [action] : []));
    this.element.hidden = false;
  }

  hide() {
    this.element.hidden = true;
  }

  retry() {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: say("retry") });
    button.addEventListener("click", () => { this.hide(); this.again(); });
    return button;
  }

  back() {
    this.show(say("online"));
    this.element.classList.add("banner--ok");
    setTimeout(() => this.hide(), GONE_MS);
    this.again();
  }

  /** An error MapLibre reports: a tile with a status (0: no answer at all), or one of ours that must not be hidden. */
  tileError(error) {
    if (error.status === 0) {
      this.show(say("offline"), this.retry());
      return;
    }
    if (error.status === 401) {
      leavePage();
    } else if (error.status === 400) {
      this.hide(); // a wrong query: the list says what is wrong with it
    } else if (error.status > 400) {
      this.show(sentence("failed", { status: error.status }), this.retry());
    } else if (error.name !== "AbortError") {
      console.error(error);
    }
  }
}
