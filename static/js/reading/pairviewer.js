/**
 * The two panes of a pair: their pixels, their shared state, and one frame for both.
 *
 * @typedef {import("./linking.js").Side} Side
 */

import { oneToOne, panBy, zoomAt } from "./geometry.js";
import { PairState, SIDES } from "./linking.js";
import { PaneGestures } from "./pointer.js";
import { createRenderers } from "./renderers.js";
import { TEXTS } from "./texts.js";
import { Viewport } from "./viewport.js";
import { brighten, dragWindow } from "./windowing.js";

const ZOOM_STEP = 1.25;
const PAGE = 5;

/** What a key or a button of the tool bar does to the images. @type {Record<string, (v: PairViewer) => void>} */
export const VIEW_ACTIONS = {
  nextSlice: (viewer) => viewer.state.scroll(viewer.side, 1),
  previousSlice: (viewer) => viewer.state.scroll(viewer.side, -1),
  nextPage: (viewer) => viewer.state.scroll(viewer.side, PAGE),
  previousPage: (viewer) => viewer.state.scroll(viewer.side, -PAGE),
  firstSlice: (viewer) => viewer.state.goTo(viewer.side, 0),
  lastSlice: (viewer) => viewer.state.goTo(viewer.side, viewer.state.geometry.slices - 1),
  zoomIn: (viewer) => viewer.zoomMiddle(ZOOM_STEP),
  zoomOut: (viewer) => viewer.zoomMiddle(1 / ZOOM_STEP),
  fit: (viewer) => viewer.fit(),
  oneToOne: (viewer) => viewer.oneToOne(),
  reset: (viewer) => viewer.state.reset(),
  invert: (viewer) => viewer.state.invert(),
  brighter: (viewer) => viewer.brighten(1),
  darker: (viewer) => viewer.brighten(-1),
  linkSlices: (viewer) => viewer.state.toggleLink("slices"),
  linkView: (viewer) => viewer.state.toggleLink("view"),
  windowTool: (viewer) => viewer.choose("window"),
  panTool: (viewer) => viewer.choose("pan"),
  zoomTool: (viewer) => viewer.choose("zoom"),
  scrollTool: (viewer) => viewer.choose("scroll"),
};

export class PairViewer {
  /**
   * @param {{left: HTMLElement, right: HTMLElement}} panes @param {HTMLTemplateElement} template
   * @param {{renderer: string | null, changed: () => void}} options `changed` after each painted frame
   */
  constructor(panes, template, { renderer, changed }) {
    this.panes = panes;
    this.changed = changed;
    this.tool = "window";
    this.side = "left";
    this.viewports = SIDES.map((side) => new Viewport(panes[side], side, template));
    const hosts = SIDES.map((side) => panes[side]);
    const renderers = createRenderers(hosts, renderer, () => this.repaint());
    this.viewports.forEach((viewport, i) => viewport.use(renderers[i]));
    this.renderer = renderers[0].name;
    for (const side of SIDES) this.#listen(side);
    this.#watchSize();
  }

  /** @param {import("./config.js").PairConfig["geometry"]} geometry */
  open(geometry) {
    this.pixels = { left: [], right: [] };
    this.loadedCount = 0;
    this.failed = new Set();
    this.state = new PairState(geometry, geometry.window, () => this.repaint());
    for (const viewport of this.viewports) viewport.begin(geometry, geometry.orientation);
    this.#measure();
    this.repaint();
  }

  /** @param {number} slice @param {import("./loader.js").SlicePair} pair */
  deliver(slice, pair) {
    this.failed.delete(slice);
    this.loadedCount += 1;
    for (const side of SIDES) this.pixels[side][slice] = pair[side];
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
    const shown = SIDES.map((side) => this.pixels[side][this.state.slice(side)]);
    const ready = shown.every(Boolean);
    this.viewports.forEach((viewport, i) => {
      const slice = this.state.slice(viewport.side);
      viewport.paint(this.state, ready ? shown[i] : undefined, ready ? "" : this.#excuse(slice));
    });
    this.changed();
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

  #listen(side) {
    const pane = this.panes[side];
    const at = (point) => ({ x: point.x * this.ratio, y: point.y * this.ratio });
    pane.addEventListener("focus", () => (this.side = side));
    new PaneGestures(pane, {
      tool: () => this.tool,
      pixelsPerSlice: () => Math.min(24, Math.max(4, pane.clientHeight / this.state.geometry.slices / 1.5)),
      scroll: (steps) => this.state.scroll(side, steps),
      window: (dx, dy) => this.state.setWindow(dragWindow(this.state.window, this.state.standard, dx, dy)),
      pan: (dx, dy) => this.#move(side, panBy, dx * this.ratio, dy * this.ratio),
      zoom: (factor, point) => this.#move(side, zoomAt, at(point), factor),
    });
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

  fit() {
    this.state.setView(this.side, { zoom: 1, panX: 0, panY: 0 });
  }

  oneToOne() {
    this.#move(this.side, oneToOne);
  }

  /** @param {1 | -1} direction */
  brighten(direction) {
    this.state.setWindow(brighten(this.state.window, this.state.standard, direction));
  }

  /** @param {string} tool */
  choose(tool) {
    this.tool = tool;
    this.changed();
  }
}
