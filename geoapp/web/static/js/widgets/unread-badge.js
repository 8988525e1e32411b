/* The number of unread messages, asked for while the page is open (LG-8). Asking keeps no session alive. */

import { ASK_EVERY_MS, badgeText, isDue } from "../lib/unread.js";
import { readJson, speaker } from "../lib/messages.js";

export default class UnreadBadge {
  /** The link to the inbox with data-unread; beside it a live region #unread-said. */
  constructor(link) {
    this.link = link;
    this.say = speaker(readJson("messages"));
    this.unread = Number(link.dataset.unread);
    this.askedAt = Date.now();
    document.addEventListener("visibilitychange", () => this.look());
    setInterval(() => this.look(), ASK_EVERY_MS);
  }

  look() {
    const wall = document.documentElement.dataset.theme === "wall";
    // a timer may come some milliseconds early
    if (isDue(Date.now() + 50, { askedAt: this.askedAt, visible: !document.hidden, wall })) this.ask();
  }

  /** An answer that does not come leaves what is shown; the end of a session is `session-watch`'s to say. */
  async ask() {
    this.askedAt = Date.now();
    const response = await fetch("/messages/unread.json", { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null);
    if (!response?.ok) return;
    const { unread } = await response.json();
    if (unread > this.unread) document.getElementById("unread-said").textContent = this.say("new_message", { n: unread });
    this.unread = unread;
    this.show();
  }

  show() {
    this.link.setAttribute("aria-label", this.unread ? this.say("unread", { n: this.unread }) : this.say("inbox"));
    this.link.querySelector("[data-part=unread]")?.remove();
    if (this.unread === 0) return;
    const badge = Object.assign(document.createElement("span"), { className: "topbar__unread", textContent: badgeText(this.unread) });
    badge.setAttribute("aria-hidden", "true");
    badge.dataset.part = "unread";
    this.link.append(badge);
  }
}
