/* Images of the map, drawn on a canvas when the map first asks for them by name. The name says all:
   point|shape|colour|halo, area|shape|colour, nodata|ground|line, cell|register|size|shares. */

import { diameter, readCellImage } from "../lib/cells.js";
import { areaFill, pointShape } from "../lib/shapes.js";

const RATIO = Math.max(2, Math.ceil(devicePixelRatio));

/** Answer a map's request for the image `name`; `look` gives colours, `legends` the slices of cells. */
export function drawImage(map, name, { colours, legends }) {
  if (map.hasImage(name)) return;
  const [kind, ...parts] = name.split("|");
  const draw = { point: drawPoint, area: drawArea, nodata: drawNoData }[kind];
  const image = kind === "cell" ? drawCell(readCellImage(name), colours, legends) : draw?.(...parts);
  if (image) map.addImage(name, image, { pixelRatio: RATIO });
}

function canvas(size) {
  const element = Object.assign(document.createElement("canvas"), { width: size * RATIO, height: size * RATIO });
  const pen = element.getContext("2d");
  pen.scale(RATIO, RATIO);
  return { pen, done: () => pen.getImageData(0, 0, element.width, element.height) };
}

function drawPoint(shape, colour, halo) {
  const { pen, done } = canvas(20);
  const { d, fill, mark } = pointShape(shape);
  const path = new Path2D(d);
  pen.translate(2, 2);
  Object.assign(pen, { lineJoin: "round", lineCap: "round" });
  const stroke = (style, width, what = path) => { Object.assign(pen, { strokeStyle: style, lineWidth: width }); pen.stroke(what); };
  stroke(halo, fill ? 3.5 : 4.5);
  if (fill) {
    pen.fillStyle = colour;
    pen.fill(path);
    stroke("rgb(0 0 0 / 0.35)", 0.8);
  } else {
    stroke(colour, 2.2);
  }
  if (mark) stroke("#fff", 1.8, new Path2D(mark));
  return done();
}

function drawArea(shape, colour) {
  const { pen, done } = canvas(12);
  const fills = areaFill(shape);
  Object.assign(pen, { strokeStyle: colour, fillStyle: colour, lineWidth: 1.4 });
  if (fills.includes("solid")) { pen.globalAlpha = 0.55; pen.fillRect(0, 0, 12, 12); }
  if (fills.length && !fills.includes("solid")) { pen.globalAlpha = 0.22; pen.fillRect(0, 0, 12, 12); pen.globalAlpha = 0.9; }
  if (fills.includes("/")) lines(pen, 12, 1);
  if (fills.includes("\\")) lines(pen, 12, -1);
  if (fills.includes(".")) for (const [x, y] of [[3, 3], [9, 9]]) { pen.beginPath(); pen.arc(x, y, 1.3, 0, 7); pen.fill(); }
  return done();
}

/** Diagonals of a tile of `size` that meet those of its neighbours. */
function lines(pen, size, slope) {
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, slope > 0 ? size : 0);
    pen.lineTo(shift + size, slope > 0 ? 0 : size);
  }
  pen.stroke();
}

function drawNoData(ground, line) {
  const { pen, done } = canvas(10);
  pen.fillStyle = ground;
  pen.fillRect(0, 0, 10, 10);
  Object.assign(pen, { strokeStyle: line, lineWidth: 1.5 });
  lines(pen, 10, 1);
  return done();
}

/** A disc with the count's place in the middle and a ring sliced by category. */
function drawCell({ register, size, shares }, colours, legends) {
  const d = diameter(size);
  const { pen, done } = canvas(d);
  const r = d / 2;
  const ring = Math.max(3.5, d * 0.13);
  const disc = (radius, fill) => { pen.beginPath(); pen.arc(r, r, radius, 0, 2 * Math.PI); pen.fillStyle = fill; pen.fill(); };
  disc(r - 0.5, colours["cell-fill"]);
  const legend = legends[register] || [];
  let from = -Math.PI / 2;
  const slices = shares.some(Boolean) ? shares : [12];
  slices.forEach((share, i) => {
    const to = from + (share / 12) * 2 * Math.PI;
    pen.beginPath();
    pen.arc(r, r, r - 1 - ring / 2, from, to);
    Object.assign(pen, { lineWidth: ring, strokeStyle: legend[i]?.colour || colours.cell });
    pen.stroke();
    from = to;
  });
  pen.beginPath();
  pen.arc(r, r, r - 0.75, 0, 2 * Math.PI);
  Object.assign(pen, { lineWidth: 0.75, strokeStyle: "rgb(0 0 0 / 0.4)" });
  pen.stroke();
  return done();
}
