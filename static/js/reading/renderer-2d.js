/**
 * Paints a slice on the CPU with the same arithmetic as the WebGL2 renderer: interpolate the stored values
 * bilinearly, then apply the window. (drawImage would interpolate after windowing, which is wrong at every
 * edge of a clipped structure.) Bilinear is separable: two rows are mixed once for a row of the canvas.
 *
 * @typedef {import("./renderer-webgl2.js").Look} Look
 * @typedef {import("./renderer-webgl2.js").Shape} Shape
 */

import { clamp } from "./geometry.js";

const BLACK = 0xff000000;
const GREY = 0x00010101;

/**
 * Which two samples a canvas pixel lies between, and how far towards the second.
 *
 * @param {number} length of the canvas @param {number} offset @param {number} scale
 * @param {number} samples of the image @param {boolean} smooth bilinear; otherwise the nearest sample
 * @returns {{first: number, last: number, low: Int32Array, high: Int32Array, part: Float32Array}}
 *   `first`..`last` (exclusive) are the canvas pixels that the image covers
 */
export function interpolationAxis(length, offset, scale, samples, smooth) {
  const axis = { low: new Int32Array(length), high: new Int32Array(length), part: new Float32Array(length) };
  let [first, last] = [length, 0];
  for (let i = 0; i < length; i++) {
    const at = (i + 0.5 - offset) / scale;
    if (at < 0 || at >= samples) continue;
    first = Math.min(first, i);
    last = i + 1;
    const low = Math.floor(smooth ? at - 0.5 : at);
    axis.low[i] = clamp(low, 0, samples - 1);
    axis.high[i] = clamp(low + 1, 0, samples - 1);
    axis.part[i] = smooth ? at - 0.5 - low : 0;
  }
  return { first, last, ...axis };
}

export class CanvasRenderer {
  name = "2d";

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
  }

  /** @param {Shape} shape */
  begin(shape) {
    this.shape = shape;
    this.mixed = new Float32Array(shape.columns);
  }

  /** @param {number} _ @param {import("./codec.js").Slice | undefined} slice black without @param {Look} look */
  draw(_, slice, look) {
    this.#prepare();
    this.screen.fill(BLACK);
    if (slice) this.#fill(slice, look);
    this.context.putImageData(this.image, 0, 0);
  }

  #prepare() {
    const { width, height } = this.canvas;
    if (this.image?.width === width && this.image?.height === height) return;
    this.image = this.context.createImageData(width, height);
    this.screen = new Uint32Array(this.image.data.buffer);
  }

  #fill({ pixels, grid }, { placement, smooth, slope, intercept }) {
    const { width, height } = this.canvas;
    this.x = interpolationAxis(width, placement.offsetX, placement.scaleX, grid.columns, smooth);
    const y = interpolationAxis(height, placement.offsetY, placement.scaleY, grid.rows, smooth);
    for (let row = y.first; row < y.last; row++) {
      this.#mixRows(pixels, y.low[row], y.high[row], y.part[row]);
      this.#fillRow(row * width, slope * 255, intercept * 255 + 0.5);
    }
  }

  #mixRows(pixels, low, high, part) {
    const { mixed, x } = this;
    const [start, end] = [x.low[x.first], x.high[x.last - 1] + 1]; // only what can be seen
    const [above, below] = [low, high].map((row) => row * this.shape.columns);
    for (let i = start, a = above + start, b = below + start; i < end; i++, a++, b++) {
      mixed[i] = pixels[a] + (pixels[b] - pixels[a]) * part;
    }
  }

  #fillRow(start, slope, intercept) {
    const { mixed, screen } = this;
    const { first, last, low, high, part } = this.x;
    for (let i = first; i < last; i++) {
      const a = mixed[low[i]];
      const grey = (a + (mixed[high[i]] - a) * part[i]) * slope + intercept;
      screen[start + i] = BLACK | ((grey <= 0 ? 0 : grey >= 255 ? 255 : grey | 0) * GREY);
    }
  }

  dispose() {
    this.image = this.screen = null;
  }
}
