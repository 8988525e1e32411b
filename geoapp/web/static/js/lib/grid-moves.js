/*
 * Where the arrow keys lead in a grid made of several tables beside each other (楼盘表).
 * Pure: a grid is a list of tables, a table a list of rows, a row a list of booleans
 * (whether something can be focused there). A place is {table, row, column}.
 */

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** The place a key leads to from `at`, or null where it leads nowhere. */
export function moveTo(grid, at, key, whole = false) {
  if (key === "Home" || key === "End") return edge(grid, at, key === "End", whole);
  if (!(key in STEPS)) return null;
  const [down, right] = STEPS[key];
  return down ? vertical(grid, at, down) : horizontal(grid, at, right);
}

/** Up and down skip storeys with nothing at this column. */
function vertical(grid, { table, row, column }, step) {
  for (let next = row + step; grid[table][next]; next += step) {
    if (grid[table][next][column]) return { table, row: next, column };
  }
  return null;
}

/** Left and right go on into the next entrance, on the same storey or the nearest one with a unit. */
function horizontal(grid, { table, row, column }, step) {
  const found = along(grid[table][row], column + step, step);
  if (found !== null) return { table, row, column: found };
  for (let next = table + step; grid[next]; next += step) {
    const rows = grid[next].map((_, index) => index).sort((a, b) => Math.abs(a - row) - Math.abs(b - row));
    for (const index of rows) {
      const cells = grid[next][index];
      const start = along(cells, step > 0 ? 0 : cells.length - 1, step);
      if (start !== null) return { table: next, row: index, column: start };
    }
  }
  return null;
}

function along(cells, from, step) {
  for (let column = from; column >= 0 && column < cells.length; column += step) {
    if (cells[column]) return column;
  }
  return null;
}

/** First or last unit of the storey; of the whole entrance with `whole`. */
function edge(grid, { table, row }, last, whole) {
  const order = grid[table].map((_, index) => index);
  for (const index of whole ? (last ? order.reverse() : order) : [row]) {
    const cells = grid[table][index];
    const column = last ? along(cells, cells.length - 1, -1) : along(cells, 0, 1);
    if (column !== null) return { table, row: index, column };
  }
  return null;
}
