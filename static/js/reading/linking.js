/**
 * What both stacks show: pure state. Slice numbers are rungs of one ladder in space, at which the server gives each
 * side its nearest slice; so equal numbers are equal places. The right stack may be nudged by an offset of rungs, and
 * unlinking, moving one side and linking again keeps the offset. Zoom and pan are linked or not, each by itself.
 * The window is always shared: two windows would make the comparison unfair.
 *
 * @typedef {import("./geometry.js").Frame} Frame
 * @typedef {import("./geometry.js").View} View
 * @typedef {import("./windowing.js").Window} Window
 * @typedef {"left" | "right"} Side
 * @typedef {"slices" | "zoom" | "pan"} Link
 */

import { FIT, clamp, withinReach } from "./geometry.js";

/** @type {readonly Side[]} */
export const SIDES = Object.freeze(["left", "right"]);

/** @param {Side} side @returns {Side} */
export const opposite = (side) => (side === "left" ? "right" : "left");

const ALL_LINKED = Object.freeze({ slices: true, zoom: true, pan: true });

export class PairState {
  /** @param {Frame} geometry @param {Window} standard the pair's default window @param {() => void} changed */
  constructor(geometry, standard, changed) {
    this.geometry = geometry;
    this.standard = standard;
    this.changed = changed;
    this.linked = { ...ALL_LINKED };
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

  /** Move the right stack against the left one. @param {number} steps 0 lays both by their place again */
  nudge(steps) {
    const last = this.geometry.slices - 1;
    this.position = this.slice("left");
    this.offset = steps ? clamp(this.offset + steps, -last, last) : 0;
    this.changed();
  }

  /** Show one side's view; the other follows where it is linked, and keeps its own shift. */
  setView(side, view) {
    const [before, other] = [this.views[side], opposite(side)];
    const { zoom, panX, panY } = this.views[other];
    const { linked } = this;
    const followed = {
      zoom: linked.zoom ? view.zoom : zoom,
      panX: linked.pan ? panX + view.panX - before.panX : panX,
      panY: linked.pan ? panY + view.panY - before.panY : panY,
    };
    this.views = { [side]: view, [other]: withinReach(this.geometry, followed) };
    this.changed();
  }

  /** @param {Side} side */
  fit(side) {
    const { linked } = this;
    const { zoom, panX, panY } = this.views[opposite(side)];
    const other = { zoom: linked.zoom ? 1 : zoom, panX: linked.pan ? 0 : panX, panY: linked.pan ? 0 : panY };
    this.views = { [side]: FIT, [opposite(side)]: other };
    this.changed();
  }

  /** @param {Window} window */
  setWindow(window) {
    this.window = window;
    this.changed();
  }

  /** The pair's own window, which the server made from both sides. */
  autoWindow() {
    this.inverted = false;
    this.setWindow(this.standard);
  }

  invert() {
    this.inverted = !this.inverted;
    this.changed();
  }

  /** @param {Link} link */
  toggleLink(link) {
    this.linked[link] = !this.linked[link];
    if (link === "zoom" && this.linked.zoom) this.views.right = { ...this.views.right, zoom: this.views.left.zoom };
    this.changed();
  }

  /** Everything as when the pair was opened, but the slice of the left stack. */
  reset() {
    this.position = this.slice("left");
    this.offset = 0;
    this.linked = { ...ALL_LINKED };
    this.#standardView();
    this.changed();
  }
}
