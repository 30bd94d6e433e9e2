/** Draws measurements and the common point over one pane, in SVG: sharp at any zoom, and never part of the image. */

import { toDevice } from "./geometry.js";
import { measure } from "./measuring.js";
import { TEXTS } from "./texts.js";

const SVG = "http://www.w3.org/2000/svg";
const POINT_ARM = 14; // CSS pixels

/** @param {string} tag @param {Record<string, string | number>} attributes @returns {SVGElement} */
function shape(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/** Twice: a dark halo keeps it legible on any grey. */
function haloed(tag, attributes) {
  return ["halo", "line"].map((kind) => shape(tag, { ...attributes, class: kind }));
}

export class Overlay {
  /** @param {SVGElement} svg */
  constructor(svg) {
    this.svg = svg;
  }

  /**
   * @param {import("./geometry.js").Placement} placement @param {number} ratio device pixels a CSS pixel
   * @param {{marks: import("./measuring.js").Mark[], selected: object | null,
   *   point: import("./geometry.js").Point | null, pins: {x: number, y: number, number: number}[],
   *   calibrated: boolean}} what pins in mm, with the number of their finding
   */
  draw(placement, ratio, { marks, selected, point, pins, calibrated }) {
    if (!marks.length && !point && !pins.length && !this.svg.childElementCount) return;
    const at = (mm) => {
      const { x, y } = toDevice(placement, mm);
      return { x: Math.round((10 * x) / ratio) / 10, y: Math.round((10 * y) / ratio) / 10 };
    };
    const drawn = marks.flatMap((mark) => this.#mark(mark, mark.points.map(at), mark === selected, calibrated));
    drawn.push(...pins.map((pin) => this.#pin(at(pin), pin.number)));
    this.svg.replaceChildren(...drawn, ...(point ? this.#cross(at(point)) : []));
  }

  #mark(mark, points, isSelected, calibrated) {
    const group = shape("g", { class: isSelected ? "mark selected" : "mark", "data-kind": mark.kind });
    group.append(...haloed("polyline", { points: points.map(({ x, y }) => `${x},${y}`).join(" ") }));
    group.append(...points.map(({ x, y }) => shape("circle", { cx: x, cy: y, r: 3.5 })));
    const value = measure(mark);
    if (value !== null) group.append(this.#label(points, TEXTS.measured(mark.kind, value, calibrated)));
    return [group];
  }

  /** Beside the last point, but never outside the pane. */
  #label(points, text) {
    const { x, y } = points.length === 3 ? points[1] : points.at(-1);
    const { width, height } = this.svg.getBoundingClientRect();
    const atRight = x > width - 90;
    const place = { x: x + (atRight ? -10 : 10), y: Math.min(height - 6, Math.max(16, y + 4)) };
    const label = shape("text", { ...place, "text-anchor": atRight ? "end" : "start" });
    label.textContent = text;
    return label;
  }

  /** The tip is the place; the number stands beside it, so that the place itself stays bare. */
  #pin({ x, y }, number) {
    const group = shape("g", { class: "pin" });
    group.append(...haloed("path", { d: `M${x} ${y}l10 -10` }), shape("circle", { cx: x + 16, cy: y - 16, r: 8.5 }));
    const label = shape("text", { x: x + 16, y: y - 12, "text-anchor": "middle" });
    label.textContent = String(number);
    group.append(label);
    return group;
  }

  #cross({ x, y }) {
    const gap = 4;
    const arms = [[-1, 0], [1, 0], [0, -1], [0, 1]].map(([dx, dy]) => {
      const [from, to] = [gap, POINT_ARM];
      return `M${x + dx * from} ${y + dy * from}L${x + dx * to} ${y + dy * to}`;
    });
    const group = shape("g", { class: "point" });
    group.append(...haloed("path", { d: arms.join("") }));
    return [group];
  }
}
