/* Region keys of the tiles as codes (see grids_boundaries/keys.py). */

export const GRID_LEVEL = 6;

/** Text code of a 15-digit key: 15 digits for a grid, 12 for every level above. */
export function codeOf(key, level) {
  const text = String(key).padStart(15, "0");
  return level === GRID_LEVEL ? text : text.slice(0, 12);
}
