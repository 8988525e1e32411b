/* Heights of the bottom sheet on a phone. */

export const SNAPS = ["peek", "half", "full"];

/** Heights in pixels of the three stops for a room of `height`; `peek` is the height of the handle part. */
export function heights(height, peek) {
  return { peek, half: Math.max(peek, Math.round(height * 0.5)), full: Math.max(peek, Math.round(height - 56)) };
}

/** The stop a drag ends at: the nearest, or the next one in the direction of a flick (pixels per ms, up positive). */
export function settle(height, speed, stops) {
  const names = SNAPS;
  if (Math.abs(speed) > 0.5) {
    const ahead = speed > 0 ? names.filter((n) => stops[n] > height) : names.filter((n) => stops[n] < height).reverse();
    if (ahead.length) return ahead[0];
  }
  return names.reduce((best, name) => (Math.abs(stops[name] - height) < Math.abs(stops[best] - height) ? name : best));
}

/** The next stop of a tap on the handle: up, and from the top back down. */
export function next(name) {
  return SNAPS[(SNAPS.indexOf(name) + 1) % SNAPS.length];
}
