/* Map symbols as path data in a box of 16 by 16: the same ones as in img/icons.svg (a test compares them). */

export const POINT_SHAPES = {
  circle: { d: "M2 8a6 6 0 1 0 12 0a6 6 0 1 0-12 0z", fill: true },
  ring: { d: "M3 8a5 5 0 1 0 10 0a5 5 0 1 0-10 0z", fill: false },
  square: { d: "M2.5 2.5h11v11h-11z", fill: true },
  triangle: { d: "M8 1.5 15 14H1z", fill: true },
  diamond: { d: "M8 1 15 8 8 15 1 8z", fill: true },
  octagon: { d: "M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3z", fill: true, mark: "M8 4.5v4.3M8 11.2v.3" },
  cross: { d: "M5.5 1.5h5v4h4v5h-4v4h-5v-4h-4v-5h4z", fill: true },
};

/** A shape by name; an unknown name is drawn as a circle. */
export function pointShape(name) {
  return POINT_SHAPES[name] || POINT_SHAPES.circle;
}

/** How an area of this shape is filled: solid, lines in one or two directions, dots, or not at all. */
export function areaFill(name) {
  return { hatch: ["/"], backhatch: ["\\"], crosshatch: ["/", "\\"], dots: ["."], outline: [], fill: ["solid"] }[name] || ["solid"];
}
