/* When a page asks for the number of unread messages, and how it shows it. */

export const ASK_EVERY_MS = 30_000;

/** Whether to ask at `now` (ms): only a page somebody can see, never a wall, and not more often than that. */
export function isDue(now, { askedAt, visible, wall }) {
  return visible && !wall && now - askedAt >= ASK_EVERY_MS;
}

/** What stands in the badge; "" for none. */
export function badgeText(unread) {
  if (unread === 0) return "";
  return unread < 100 ? String(unread) : "99+";
}
