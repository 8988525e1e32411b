/*
 * Which rows of a long table are in the page: those in view and some around them. Two thousand rows with eleven cells
 * each take a browser many seconds; a row above and one below stand for the rest. Rows are as high as the first one.
 */

export const ALL_UP_TO = 120;
const MARGIN = 30;
const ROW_PIXELS = 34;

/** [first, end) of `count` rows of a height of which pixels `from` to `to` are in view; all where there are few. Pure. */
export function windowOf({ from, to, height, count }) {
  if (count <= ALL_UP_TO) return [0, count];
  const first = Math.max(0, Math.min(count - 2 * MARGIN, Math.floor(from / height) - MARGIN));
  return [first, Math.min(count, Math.max(first + 2 * MARGIN, Math.ceil(to / height) + MARGIN))];
}

export class RowWindow {
  /** `body`: the <tbody>; `frame`: what scrolls it; `row(id)` makes a row. */
  constructor(body, frame, row) {
    Object.assign(this, { body, frame, row, ids: [], height: ROW_PIXELS });
    this.rows = new Map(); // of those in the page
    this.gaps = [0, 1].map(() => Object.assign(document.createElement("tr"), { className: "grid-gap", ariaHidden: "true" }));
    addEventListener("scroll", () => this.later(), { capture: true, passive: true });
    addEventListener("resize", () => this.later(), { passive: true });
  }

  /** Other rows, or another order. */
  set(ids) {
    this.ids = ids;
    this.at = new Map(ids.map((id, index) => [id, index]));
    this.put(this.inView());
  }

  later() {
    if (this.ids.length <= ALL_UP_TO) return;
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      const [first, end] = this.inView();
      // some rows ahead are there already
      if (first !== this.first && (Math.abs(first - this.first) > MARGIN / 2 || end > this.end || first === 0)) this.put([first, end]);
      else if (end !== this.end && end === this.ids.length) this.put([first, end]);
    });
  }

  /** The row anew, where it is in the page. Its focus stays. */
  renew(id) {
    const old = this.rows.get(id);
    if (!old) return;
    const focused = old.contains(document.activeElement);
    const row = this.made(id);
    old.replaceWith(row);
    if (focused) row.focus();
  }

  /** The row of an id, brought into the page and into view. */
  reveal(id) {
    const index = this.at.get(id);
    if (index === undefined) return null;
    if (!this.rows.has(id)) this.put([Math.max(0, index - MARGIN), Math.min(this.ids.length, index + MARGIN)]);
    const row = this.rows.get(id);
    row.scrollIntoView({ block: "nearest" });
    return row;
  }

  made(id) {
    const row = this.row(id);
    row.setAttribute("aria-rowindex", String(this.at.get(id) + 2)); // the head is the first
    this.rows.set(id, row);
    return row;
  }

  inView() {
    const count = this.ids.length;
    if (count <= ALL_UP_TO) return [0, count];
    const top = this.body.getBoundingClientRect().top;
    const frame = this.frame.getBoundingClientRect();
    const [from, to] = [Math.max(0, frame.top, 0) - top, Math.min(innerHeight, frame.bottom) - top];
    return windowOf({ from, to, height: this.height, count });
  }

  put([first, end]) {
    Object.assign(this, { first, end });
    const wanted = this.ids.slice(first, end);
    const known = this.rows;
    const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
    this.rows = new Map();
    const rows = wanted.map((id) => {
      const row = known.get(id) ?? this.made(id);
      row.setAttribute("aria-rowindex", String(this.at.get(id) + 2));
      this.rows.set(id, row);
      return row;
    });
    const [above, below] = this.gaps;
    above.style.height = `${first * this.height}px`;
    below.style.height = `${(this.ids.length - end) * this.height}px`;
    this.body.replaceChildren(...(first ? [above] : []), ...rows, ...(end < this.ids.length ? [below] : []));
    // what is put anew loses its focus; where the row has gone the frame keeps the keyboard
    if (focused) (focused.isConnected ? focused : this.frame).focus({ preventScroll: true });
    this.steady(rows);
  }

  /** Columns never become narrower while rows come and go, and the height of a row is known. */
  steady(rows) {
    if (this.ids.length <= ALL_UP_TO || !rows.length) return;
    const table = this.body.parentElement;
    this.height = rows[0].getBoundingClientRect().height || this.height;
    const heads = [...table.tHead.rows[0].cells];
    const widths = heads.map((head) => head.getBoundingClientRect().width);
    heads.forEach((head, index) => { head.style.minWidth = `${Math.ceil(widths[index])}px`; });
  }
}
