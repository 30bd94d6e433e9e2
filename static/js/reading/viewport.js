/**
 * One pane: a canvas and the words around it (slice, orientation, scale, zoom and window).
 *
 * @typedef {import("./linking.js").PairState} PairState
 * @typedef {import("./linking.js").Side} Side
 */

import { place, placePixels, scaleBar } from "./geometry.js";
import { Magnifier } from "./magnifier.js";
import { Overlay } from "./overlay.js";
import { TEXTS } from "./texts.js";
import { greyLine, windowPercent } from "./windowing.js";

/** @param {Element} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export class Viewport {
  /** @param {HTMLElement} pane @param {Side} side @param {HTMLTemplateElement} template */
  constructor(pane, side, template) {
    this.pane = pane;
    this.side = side;
    pane.append(template.content.cloneNode(true));
    const parts = pane.querySelectorAll("[data-part]");
    this.parts = Object.fromEntries([...parts].map((part) => [part.dataset.part, part]));
    this.overlay = new Overlay(this.parts.overlay);
    this.magnifier = new Magnifier(this.parts.lens);
    write(this.parts.side, TEXTS.sides[side]);
  }

  /** @param {import("./renderer-2d.js").CanvasRenderer} renderer either renderer */
  use(renderer) {
    this.renderer = renderer;
  }

  /** @param {import("./geometry.js").Frame} frame @param {Record<string, string>} letters */
  begin(frame, letters) {
    this.renderer.begin(frame);
    this.magnifier.begin(frame);
    for (const edge of ["left", "right", "top", "bottom"]) write(this.parts[`edge-${edge}`], letters[edge] ?? "");
    this.parts.scale.hidden = !frame.calibrated;
    delete this.pane.dataset.painted;
  }

  /** @param {import("./geometry.js").Size} size device pixels @param {number} ratio device pixels a CSS pixel */
  resize(size, ratio) {
    const { canvas } = this.renderer;
    Object.assign(canvas, size);
    canvas.style.width = `${size.width / ratio}px`;
    canvas.style.height = `${size.height / ratio}px`;
    this.size = size;
    this.ratio = ratio;
  }

  /**
   * @param {PairState} state @param {import("./codec.js").Slice | undefined} slice black without
   * @param {string} message shown in place of the image
   * @param {{smooth: boolean, marks: object[], selected: object | null, point: object | null, lens: object | null}}
   *   extras
   */
  paint(state, slice, message, extras) {
    const number = state.slice(this.side);
    const placement = place(state.geometry, state.views[this.side], this.size);
    const look = { smooth: extras.smooth, ...greyLine(state.window, state.inverted) };
    const pixels = slice ? placePixels(placement, slice.grid) : null;
    this.renderer.draw(number, slice, { ...look, placement: pixels });
    this.#annotate(state, number, placement);
    this.overlay.draw(placement, this.ratio, { ...extras, calibrated: state.geometry.calibrated });
    this.magnifier.show(extras.lens, slice, { placement, ratio: this.ratio, look });
    write(this.parts.message, message);
    if (slice) this.pane.dataset.painted = String(number);
    else delete this.pane.dataset.painted;
  }

  #annotate(state, slice, placement) {
    const { slices } = state.geometry;
    const percent = windowPercent(state.window, state.standard);
    const zoom = Math.round(100 * state.views[this.side].zoom);
    const looks = TEXTS.looks(zoom, percent.width, percent.level);
    const offset = this.side === "right" ? state.offset : 0;
    write(this.parts.slice, TEXTS.sliceCount(slice + 1, slices) + (offset ? ` ${TEXTS.offset(offset)}` : ""));
    write(this.parts.looks, state.inverted ? `${looks} · ${TEXTS.inverted}` : looks);
    const label = TEXTS.paneLabel(this.side, slice + 1, slices);
    if (this.pane.getAttribute("aria-label") !== label) this.pane.setAttribute("aria-label", label);
    const bar = scaleBar(placement, this.size);
    const width = `${bar.pixels / this.ratio}px`;
    if (this.parts.bar.style.width !== width) this.parts.bar.style.width = width;
    write(this.parts["bar-length"], TEXTS.barLength(bar.mm));
  }
}
