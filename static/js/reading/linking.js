/**
 * What both stacks show: pure state. Slices are linked by one position and an offset of the right stack, so
 * unlinking, moving one side and linking again keeps the offset. Zoom and pan are shared or per side.
 * The window is always shared: two windows would make the comparison unfair.
 *
 * @typedef {import("./geometry.js").Geometry} Geometry
 * @typedef {import("./geometry.js").View} View
 * @typedef {import("./windowing.js").Window} Window
 * @typedef {"left" | "right"} Side
 * @typedef {"slices" | "view"} Link
 */

import { FIT, clamp } from "./geometry.js";

/** @type {readonly Side[]} */
export const SIDES = Object.freeze(["left", "right"]);

export class PairState {
  /** @param {Geometry} geometry @param {Window} standard the pair's default window @param {() => void} changed */
  constructor(geometry, standard, changed) {
    this.geometry = geometry;
    this.standard = standard;
    this.changed = changed;
    this.linked = { slices: true, view: true };
    this.position = Math.floor(geometry.slices / 2);
    this.offset = 0;
    this.#standardView();
  }

  #standardView() {
    this.views = { left: FIT, right: FIT };
    this.window = this.standard;
    this.inverted = false;
  }

  /** @param {Side} side @returns {number} the slice that the side shows, from 0 */
  slice(side) {
    return clamp(this.position + (side === "right" ? this.offset : 0), 0, this.geometry.slices - 1);
  }

  /** @param {Side} side @param {number} steps */
  scroll(side, steps) {
    if (this.linked.slices) this.#moveBoth(steps);
    else this.#moveOne(side, steps);
    this.changed();
  }

  /** @param {Side} side @param {number} slice */
  goTo(side, slice) {
    this.scroll(side, slice - this.slice(side));
  }

  #moveBoth(steps) {
    const last = this.geometry.slices - 1;
    // With an offset one side reaches its end first; it waits there while the other goes on.
    const lowest = Math.min(0, -this.offset);
    const highest = Math.max(last, last - this.offset);
    this.position = clamp(this.position + steps, lowest, highest);
  }

  #moveOne(side, steps) {
    const [left, right] = SIDES.map((each) => this.slice(each));
    const target = clamp((side === "left" ? left : right) + steps, 0, this.geometry.slices - 1);
    this.position = side === "left" ? target : left;
    this.offset = (side === "left" ? right : target) - this.position;
  }

  /** @param {Side} side @param {View} view */
  setView(side, view) {
    for (const each of this.linked.view ? SIDES : [side]) this.views[each] = view;
    this.changed();
  }

  /** @param {Window} window */
  setWindow(window) {
    this.window = window;
    this.changed();
  }

  invert() {
    this.inverted = !this.inverted;
    this.changed();
  }

  /** @param {Link} link */
  toggleLink(link) {
    this.linked[link] = !this.linked[link];
    if (link === "view" && this.linked.view) this.views.right = this.views.left;
    this.changed();
  }

  /** Fit, default window, no inversion; the slice stays. */
  resetView() {
    this.#standardView();
    this.changed();
  }

  /** Everything as when the pair was opened, but the slice of the left stack. */
  reset() {
    this.position = this.slice("left");
    this.offset = 0;
    this.linked = { slices: true, view: true };
    this.resetView();
  }
}
