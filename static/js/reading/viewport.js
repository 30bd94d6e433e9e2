/**
 * One pane: a canvas and the words around it (slice, orientation, scale, zoom and window).
 *
 * @typedef {import("./linking.js").PairState} PairState
 * @typedef {import("./linking.js").Side} Side
 */

import { place, scaleBar } from "./geometry.js";
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
    write(this.parts.side, TEXTS.sides[side]);
  }

  /** @param {import("./renderer-2d.js").CanvasRenderer} renderer either renderer */
  use(renderer) {
    this.renderer = renderer;
  }

  /** @param {import("./geometry.js").Geometry} geometry @param {Record<string, string>} letters */
  begin(geometry, letters) {
    this.renderer.begin(geometry);
    for (const edge of ["left", "right", "top", "bottom"]) write(this.parts[`edge-${edge}`], letters[edge] ?? "");
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
   * @param {PairState} state @param {Uint16Array | undefined} pixels black without
   * @param {string} message shown in place of the image
   */
  paint(state, pixels, message) {
    const slice = state.slice(this.side);
    const placement = place(state.geometry, state.views[this.side], this.size);
    this.renderer.draw(slice, pixels, { placement, ...greyLine(state.window, state.inverted) });
    this.#annotate(state, slice, placement);
    write(this.parts.message, message);
    if (pixels) this.pane.dataset.painted = String(slice);
    else delete this.pane.dataset.painted;
  }

  #annotate(state, slice, placement) {
    const { slices } = state.geometry;
    const percent = windowPercent(state.window, state.standard);
    const zoom = Math.round(100 * state.views[this.side].zoom);
    const looks = TEXTS.looks(zoom, percent.width, percent.level);
    write(this.parts.slice, TEXTS.sliceCount(slice + 1, slices));
    write(this.parts.looks, state.inverted ? `${looks} · ${TEXTS.inverted}` : looks);
    this.pane.setAttribute("aria-label", TEXTS.paneLabel(this.side, slice + 1, slices));
    const bar = scaleBar(placement, this.size);
    this.parts.bar.style.width = `${bar.pixels / this.ratio}px`;
    write(this.parts["bar-length"], TEXTS.barLength(bar.mm));
  }
}
