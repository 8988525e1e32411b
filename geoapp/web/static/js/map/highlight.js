/* Hover and selection, the same on list and map: a row, a shape on the map and a ring around its place. */

export class Highlight {
  /** `view` is the MapView or null where no map can be drawn; `list` is the element the rows stand in. */
  constructor(view, list) {
    this.view = view;
    this.list = list;
    this.marked = { hover: null, selected: null };
  }

  /** Mark {register, id, place?} as "hover" or "selected"; null takes the mark away. */
  set(kind, record) {
    const before = this.marked[kind];
    if (before && this.view) this.view.mark(before.register, before.id, { [kind]: false });
    this.marked[kind] = record;
    if (record && this.view) this.view.mark(record.register, record.id, { [kind]: true });
    this.rows(kind);
    this.rings();
  }

  /** Row classes again, after the list was drawn anew. */
  rows(kind) {
    const record = this.marked[kind];
    for (const row of this.list.querySelectorAll(".row")) {
      const same = record !== null && row.dataset.register === record.register && row.dataset.id === String(record.id);
      row.classList.toggle(`is-${kind}`, same);
      if (kind === "selected") row.querySelector(".row__link")?.toggleAttribute("aria-current", same);
    }
  }

  rings() {
    const features = Object.entries(this.marked).filter(([, record]) => record?.place).map(([kind, record]) => ({
      type: "Feature", properties: { kind }, geometry: { type: "Point", coordinates: record.place },
    }));
    this.view?.setFocus({ type: "FeatureCollection", features });
  }
}

/** The place of an element with data-lon and data-lat, or null. */
export function placeOf({ dataset }) {
  return dataset.lon === undefined ? null : [Number(dataset.lon), Number(dataset.lat)];
}
