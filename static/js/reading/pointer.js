/**
 * Mouse, pen, touch and wheel on one pane, turned into gestures. Knows nothing of images.
 *
 * Left button: the chosen tool. Middle: pan. Right: zoom. Wheel: slices. Ctrl + wheel or pinch: zoom.
 *
 * @typedef {{x: number, y: number}} Point CSS pixels from the pane's top left corner
 * @typedef {object} Gestures
 * @property {(steps: number) => void} scroll
 * @property {(dx: number, dy: number) => void} window
 * @property {(dx: number, dy: number) => void} pan
 * @property {(factor: number, at: Point) => void} zoom
 * @property {() => string} tool the tool of the left button
 * @property {() => boolean} fingerScrolls whether a finger scrolls, whatever the tool: nothing else was chosen
 * @property {(tool: string, at: Point) => void} press with a tool that works on places: measuring, pointing
 * @property {(tool: string, at: Point) => void} drag
 * @property {() => void} release
 * @property {() => number} pixelsPerSlice how far a scroll drag goes for one slice
 */

const NOTCH_AT_LEAST = 60; // a notched wheel sends at least this much at once; a trackpad sends less, often
const TRACKPAD_PIXELS_A_SLICE = 40;
const WHEEL_LINE_PIXELS = 33;
const WHEEL_PAGE_PIXELS = 400;
const ZOOM_PIXELS = 150; // a drag this long zooms by e
const BUTTON_TOOLS = [null, "pan", "zoom"];
const MOVES = new Set(["window", "scroll", "pan", "zoom"]); // by how far; the other tools by where

/** Turns wheel deltas into whole slices: one a notch, the rest of a trackpad's glide is carried over. */
export class WheelCounter {
  rest = 0;
  notch = Infinity; // pixels, as this wheel sends them: the smallest seen

  /** @param {number} delta pixels @returns {number} slices, positive is forward */
  count(delta) {
    if (Math.sign(delta) !== Math.sign(this.rest)) this.rest = 0;
    if (Math.abs(delta) < NOTCH_AT_LEAST) return this.carry(delta, TRACKPAD_PIXELS_A_SLICE);
    this.rest = 0;
    this.notch = Math.min(this.notch, Math.abs(delta));
    // A busy page gets several notches in one event; none of them may be lost.
    return Math.sign(delta) * Math.round(Math.abs(delta) / this.notch);
  }

  /** @param {number} delta @param {number} pixelsPerSlice @returns {number} */
  carry(delta, pixelsPerSlice) {
    this.rest += delta;
    const slices = Math.trunc(this.rest / pixelsPerSlice);
    this.rest -= slices * pixelsPerSlice;
    return slices;
  }
}

/** @param {WheelEvent} event @returns {number} */
function wheelPixels(event) {
  return event.deltaY * [1, WHEEL_LINE_PIXELS, WHEEL_PAGE_PIXELS][event.deltaMode];
}

export class PaneGestures {
  /** @param {HTMLElement} pane @param {Gestures} gestures */
  constructor(pane, gestures) {
    this.pane = pane;
    this.gestures = gestures;
    this.pointers = new Map();
    this.wheel = new WheelCounter();
    pane.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    pane.addEventListener("contextmenu", (event) => event.preventDefault());
    pane.addEventListener("pointerdown", (event) => this.#onDown(event));
    pane.addEventListener("pointermove", (event) => this.#onMove(event));
    for (const end of ["pointerup", "pointercancel"]) pane.addEventListener(end, (event) => this.#onUp(event));
  }

  #at(event) {
    const box = this.pane.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #onWheel(event) {
    event.preventDefault(); // neither the page nor the browser's own zoom may move
    if (event.ctrlKey) return this.gestures.zoom(Math.exp(-wheelPixels(event) / 300), this.#at(event));
    const slices = this.wheel.count(wheelPixels(event));
    if (slices) this.gestures.scroll(slices);
  }

  #onDown(event) {
    event.preventDefault(); // no text selection, no middle-button autoscroll
    this.pane.focus({ preventScroll: true });
    this.pane.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.#at(event));
    this.start = this.#at(event);
    this.drag = new WheelCounter();
    this.dragTool = this.#toolFor(event);
    if (this.pointers.size > 1) this.gestures.release();
    else if (!MOVES.has(this.dragTool)) this.gestures.press(this.dragTool, this.start);
  }

  #toolFor(event) {
    const chosen = this.gestures.tool();
    if (event.pointerType === "touch") return this.gestures.fingerScrolls() ? "scroll" : chosen;
    return BUTTON_TOOLS[event.button] ?? chosen;
  }

  #onMove(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.#at(event);
    if (this.pointers.size === 2) this.#pinch(event.pointerId, before, now);
    else if (this.pointers.size === 1) this.#dragTo(now, now.x - before.x, now.y - before.y);
    this.pointers.set(event.pointerId, now);
  }

  #dragTo(now, dx, dy) {
    const { gestures } = this;
    if (!MOVES.has(this.dragTool)) gestures.drag(this.dragTool, now);
    if (this.dragTool === "window") gestures.window(dx, dy);
    if (this.dragTool === "pan") gestures.pan(dx, dy);
    if (this.dragTool === "zoom") gestures.zoom(Math.exp(-dy / ZOOM_PIXELS), this.start);
    if (this.dragTool === "scroll") {
      const slices = this.drag.carry(dy, gestures.pixelsPerSlice());
      if (slices) gestures.scroll(slices);
    }
  }

  #pinch(id, before, now) {
    const [, other] = [...this.pointers].find(([each]) => each !== id);
    const distance = (point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    this.gestures.zoom(distance(now) / distance(before), middle);
    this.gestures.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  #onUp(event) {
    this.pointers.delete(event.pointerId);
    if (!this.pointers.size) this.gestures.release();
  }
}
