/* The end of a session in this page: nothing of it stays on the screen. */

import { signInAddress } from "./http.js";

const CHANNEL = "geoapp-session";

/** Other tabs of this browser; a message is {left, most, mark} or {ended: true}. Nothing is stored. */
export function openTabs() {
  return new BroadcastChannel(CHANNEL);
}

/** Hide everything at once and go to the sign-in page, which leads back to this view. */
export function leavePage() {
  document.documentElement.hidden = true;
  location.replace(`${signInAddress(location)}&ended=1`);
}

/** Seconds as m:ss. */
export function clockOf(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/**
 * What to do at `now` (ms): "end", "warn", "tell" (the server hears that somebody is here) or "wait".
 * `state`: endsAt, activeAt (last key or touch), toldAt (last time the server heard), warning (s).
 */
export function nextStep(now, { endsAt, activeAt, toldAt, warning, tellEvery }) {
  if (now >= endsAt) return "end";
  if (activeAt > toldAt && now - toldAt >= tellEvery) return "tell";
  return endsAt - now <= warning * 1000 ? "warn" : "wait";
}
