/**
 * The two panes of a pair: their slices, their shared state, and one frame for both.
 *
 * @typedef {import("./linking.js").Side} Side
 */

import { Cine } from "./cine.js";
import { oneToOne, panBy, place, toFrame, zoomAt } from "./geometry.js";
import { Layout } from "./layout.js";
import { PairState, SIDES, opposite } from "./linking.js";
import { Measurements } from "./measuring.js";
import { PaneGestures } from "./pointer.js";
import { createRenderers } from "./renderers.js";
import { TEXTS } from "./texts.js";
import { Viewport } from "./viewport.js";
import { brighten, dragWindow } from "./windowing.js";

const REACH = 10; // CSS pixels within which a point of a measurement is meant

export class PairViewer {
  /** Whether a tool was chosen: until then a finger scrolls, for it has no wheel. */
  toolChosen = false;
  tool = "window";
  side = "left";
  smooth = true;
  /** @type {{side: Side, slice: number, number: number, at: (frame: object) => import("./geometry.js").Point}[]} */
  pins = [];
  /** @type {Map<string, Measurements>} of this visit, by reading */
  kept = new Map();

  /**
   * @param {{left: HTMLElement, right: HTMLElement}} panes @param {HTMLTemplateElement} template
   * @param {{renderer: string | null, changed: () => void}} options `changed` after each painted frame
   */
  constructor(panes, template, { renderer, changed }) {
    this.panes = panes;
    this.changed = changed;
    this.cine = new Cine(() => this.#playOn(), () => this.repaint());
    this.layout = new Layout(panes.left.parentElement, () => this.#arrange());
    this.viewports = SIDES.map((side) => new Viewport(panes[side], side, template));
    const hosts = SIDES.map((side) => panes[side]);
    const renderers = createRenderers(hosts, renderer, () => this.repaint());
    this.viewports.forEach((viewport, i) => viewport.use(renderers[i]));
    this.renderer = renderers[0].name;
    for (const side of SIDES) this.#listen(side);
    this.#watchSize();
  }

  /**
   * @param {import("./config.js").PairConfig["geometry"]} geometry @param {{reading: string, mayBlink: boolean}} how
   */
  open(geometry, { reading, mayBlink }) {
    this.cine.stop();
    if (this.layout.blinking) this.layout.both();
    this.mayBlink = mayBlink;
    if (!this.kept.has(reading)) this.kept.set(reading, new Measurements());
    this.measurements = this.kept.get(reading);
    Object.assign(this, { point: null, lens: null, loadedCount: 0, failed: new Set() });
    this.slices = { left: [], right: [] };
    this.state = new PairState(geometry, geometry.window, () => this.repaint());
    for (const viewport of this.viewports) viewport.begin(geometry, geometry.orientation);
    this.#measure();
    this.repaint();
  }

  /** @param {number} slice @param {import("./loader.js").SlicePair} pair */
  deliver(slice, pair) {
    this.failed.delete(slice);
    this.loadedCount += 1;
    for (const side of SIDES) this.slices[side][slice] = pair[side];
    if (SIDES.some((side) => this.state.slice(side) === slice)) this.repaint();
  }

  /** @param {number} slice */
  fail(slice) {
    this.failed.add(slice);
    this.repaint();
  }

  /** @returns {number} the slice whose neighbours are wanted first */
  get focus() {
    return this.state.slice(this.side);
  }

  /** Both panes are painted in one frame, however often this is called before it. */
  repaint() {
    this.frame ||= requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.frame = 0;
    if (!this.state || !this.size?.width) return;
    // A pair is shown only when both sides are ready: one slow side must not stand out.
    const shown = SIDES.map((side) => this.slices[side][this.state.slice(side)]);
    const ready = shown.every(Boolean);
    this.viewports.forEach((viewport, i) => {
      const slice = this.state.slice(viewport.side);
      const message = ready ? "" : this.#excuse(slice);
      viewport.paint(this.state, ready ? shown[i] : undefined, message, this.#extras(viewport.side, slice));
    });
    this.changed();
  }

  #extras(side, slice) {
    const { measurements, point, lens, smooth } = this;
    const isThere = point && slice === this.#rungOf(side, point.rung);
    return {
      smooth,
      marks: measurements.on(side, slice),
      pins: this.pins
        .filter((pin) => pin.side === side && pin.slice === slice)
        .map(({ at, number }) => ({ number, ...at(this.state.geometry) })),
      selected: measurements.selected,
      point: isThere ? point : null,
      lens,
    };
  }

  #excuse(slice) {
    if (this.failed.has(slice)) return TEXTS.sliceFailed(slice + 1);
    return this.loadedCount ? TEXTS.sliceWaiting(slice + 1) : TEXTS.loadingPair;
  }

  #watchSize() {
    const observer = new ResizeObserver(() => {
      this.#measure();
      this.#paint(); // at once: a resized canvas is blank until it is painted
    });
    for (const side of SIDES) observer.observe(this.panes[side]);
  }

  /** Both canvases get the same size, though an odd window width makes one pane a pixel wider. */
  #measure() {
    const ratio = window.devicePixelRatio;
    const smallest = (edge) => Math.min(...SIDES.map((side) => Math.floor(this.panes[side][edge] * ratio)));
    const size = { width: smallest("clientWidth"), height: smallest("clientHeight") };
    const same = size.width === this.size?.width && size.height === this.size?.height && ratio === this.ratio;
    if (same) return;
    this.size = size;
    this.ratio = ratio;
    for (const viewport of this.viewports) viewport.resize(size, ratio);
  }

  #arrange() {
    this.side = this.layout.alone ?? this.side;
    if (this.state) this.repaint();
  }

  #listen(side) {
    const pane = this.panes[side];
    const at = (point) => ({ x: point.x * this.ratio, y: point.y * this.ratio });
    pane.addEventListener("focus", () => (this.side = side));
    new PaneGestures(pane, {
      tool: () => this.tool,
      fingerScrolls: () => !this.toolChosen,
      pixelsPerSlice: () => Math.min(24, Math.max(4, pane.clientHeight / this.state.geometry.slices / 1.5)),
      scroll: (steps) => this.scroll(steps, side),
      window: (dx, dy) => this.state.setWindow(dragWindow(this.state.window, this.state.standard, dx, dy)),
      pan: (dx, dy) => this.#move(side, panBy, dx * this.ratio, dy * this.ratio),
      zoom: (factor, point) => this.#move(side, zoomAt, at(point), factor),
      press: (tool, point) => this.#press(tool, side, this.#inFrame(side, at(point))),
      drag: (tool, point) => this.#drag(tool, side, this.#inFrame(side, at(point))),
      release: () => this.#release(),
    });
  }

  /** @param {number} steps @param {Side} [side] */
  scroll(steps, side = this.side) {
    this.cine.stop();
    this.state.scroll(side, steps);
  }

  /** @param {number} slice */
  goTo(slice) {
    this.cine.stop();
    this.state.goTo(this.side, slice);
  }

  #playOn() {
    const { slices } = this.state.geometry;
    const next = (this.focus + 1) % slices;
    if (this.slices[this.side][next]) this.state.goTo(this.side, next);
  }

  #inFrame(side, point) {
    return toFrame(place(this.state.geometry, this.state.views[side], this.size), point);
  }

  /** A length on the screen, in mm. */
  #mm(side, cssPixels) {
    return (cssPixels * this.ratio) / place(this.state.geometry, this.state.views[side], this.size).pixelsPerMm;
  }

  #press(tool, side, mm) {
    this.held = side;
    if (tool === "length" || tool === "angle") {
      this.measurements.press(side, this.state.slice(side), tool, mm, this.#mm(side, REACH));
    } else if (tool === "pin") this.onPin(side, this.state.slice(side), mm);
    else this.#drag(tool, side, mm);
    this.repaint();
  }

  /** @param {Side} side @returns {[number, import("./geometry.js").Point]} its slice, and mm of the middle of its pane */
  middleOf(side) {
    return [this.state.slice(side), this.#inFrame(side, { x: this.size.width / 2, y: this.size.height / 2 })];
  }

  #drag(tool, side, mm) {
    if (tool === "magnify") this.lens = mm;
    else if (tool === "point") this.#pointAt(side, mm);
    else this.measurements.drag(mm);
    this.repaint();
  }

  #release() {
    if (!this.held) return;
    this.measurements.release(this.#mm(this.held, 3));
    this.lens = this.held = null;
    this.repaint();
  }

  /** The other side goes to the same place; a linked offset stays. */
  #pointAt(side, mm) {
    const { state } = this;
    if (!state.linked.slices) state.goTo(opposite(side), state.slice(side));
    const rung = state.slice(side) - (side === "right" ? state.offset : 0);
    this.point = { ...mm, rung };
  }

  #rungOf(side, rung) {
    return rung + (side === "right" ? this.state.offset : 0);
  }

  removeMark() {
    this.measurements.remove((mark) => mark.slice === this.state.slice(mark.side));
    this.point = null;
    this.repaint();
  }

  #move(side, change, ...how) {
    const { geometry, views } = this.state;
    this.state.setView(side, change(geometry, views[side], this.size, ...how));
  }

  /** @param {number} factor */
  zoomMiddle(factor) {
    const middle = { x: this.size.width / 2, y: this.size.height / 2 };
    this.#move(this.side, zoomAt, middle, factor);
  }

  oneToOne() {
    this.#move(this.side, oneToOne);
  }

  /** @param {1 | -1} direction */
  brighten(direction) {
    this.state.setWindow(brighten(this.state.window, this.state.standard, direction));
  }

  /** Bilinear or the bare pixels, always alike on both sides. */
  toggleSmooth() {
    this.smooth = !this.smooth;
    this.repaint();
  }

  /** Only where the protocol allows it. */
  blink() {
    if (this.mayBlink) this.layout.blink();
  }

  /** @param {string} tool */
  choose(tool) {
    this.tool = tool;
    this.toolChosen = true;
    for (const side of SIDES) this.panes[side].dataset.tool = tool;
    this.changed();
  }
}
