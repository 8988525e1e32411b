/* Ticking rows of a list: a stretch between two of them, how many, and a long list in pieces. Pure. */

/** Indexes from one row to another, both included, in either direction. */
export function stretch(from, to) {
  const [low, high] = from < to ? [from, to] : [to, from];
  return Array.from({ length: high - low + 1 }, (_, i) => low + i);
}

/** What the box above a list shows: whether all are ticked, and whether some are. */
export function tally(ticked) {
  const n = ticked.filter(Boolean).length;
  return { n, all: n > 0 && n === ticked.length, some: n > 0 && n < ticked.length };
}

/** `ids` in pieces of at most `size`. */
export function pieces(ids, size) {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, i) => ids.slice(i * size, (i + 1) * size));
}
