/** The magnifying glass: a small canvas over a pane, painted from the stored pixels like the image itself. */

import { placePixels, toDevice } from "./geometry.js";
import { CanvasRenderer } from "./renderer-2d.js";

const SIDE = 220; // CSS pixels
const TIMES = 3;

export class Magnifier {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.renderer = new CanvasRenderer(canvas);
  }

  /** @param {import("./geometry.js").Frame} shape */
  begin(shape) {
    this.renderer.begin(shape);
  }

  /**
   * @param {import("./geometry.js").Point | null} at mm in the frame; null hides the glass
   * @param {import("./codec.js").Slice | undefined} slice
   * @param {{placement: import("./geometry.js").Placement, ratio: number, look: object}} how of the pane
   */
  show(at, slice, { placement, ratio, look }) {
    this.canvas.hidden = !at || !slice;
    if (this.canvas.hidden) return;
    const side = Math.round(SIDE * ratio);
    if (this.canvas.width !== side) Object.assign(this.canvas, { width: side, height: side });
    const pixelsPerMm = placement.pixelsPerMm * TIMES;
    const inside = { pixelsPerMm, offsetX: side / 2 - at.x * pixelsPerMm, offsetY: side / 2 - at.y * pixelsPerMm };
    this.renderer.draw(0, slice, { ...look, placement: placePixels(inside, slice.grid) });
    const { x, y } = toDevice(placement, at);
    const corner = [x, y].map((middle) => `${(middle - side / 2) / ratio}px`);
    [this.canvas.style.left, this.canvas.style.top] = corner;
    this.canvas.style.width = this.canvas.style.height = `${side / ratio}px`;
  }
}
