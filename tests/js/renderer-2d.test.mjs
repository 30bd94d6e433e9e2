import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { place, placePixels } from "../../static/js/reading/geometry.js";
import { CanvasRenderer } from "../../static/js/reading/renderer-2d.js";
import { greyLine } from "../../static/js/reading/windowing.js";

function canvasOf(width, height) {
  const context = {
    createImageData: (w, h) => ({ width: w, height: h, data: new Uint8ClampedArray(4 * w * h) }),
    putImageData: (image) => (context.shown = image),
  };
  return { width, height, getContext: () => context, context };
}

/** Bilinear in stored values (or the nearest one), then the window: the definition, one pixel at a time. */
function expectedGrey(pixels, { rows, columns }, { scaleX, scaleY, offsetX, offsetY }, { line, smooth }, x, y) {
  const [u, v] = [(x + 0.5 - offsetX) / scaleX, (y + 0.5 - offsetY) / scaleY];
  if (u < 0 || v < 0 || u >= columns || v >= rows) return 0;
  const at = (row, column) =>
    pixels[Math.min(rows - 1, Math.max(0, row)) * STRIDE + Math.min(columns - 1, Math.max(0, column))];
  const [column, row] = [Math.floor(u - 0.5), Math.floor(v - 0.5)];
  const [p, q] = [u - 0.5 - column, v - 0.5 - row];
  const top = at(row, column) * (1 - p) + at(row, column + 1) * p;
  const bottom = at(row + 1, column) * (1 - p) + at(row + 1, column + 1) * p;
  const stored = smooth ? top * (1 - q) + bottom * q : at(Math.floor(v), Math.floor(u));
  return 255 * Math.min(1, Math.max(0, stored * line.slope + line.intercept));
}

// The slice of 7 x 5 pixels stands in the corner of a padded grid of 9 x 8.
const STRIDE = 8;
const FRAME = { rows: 9, columns: STRIDE, slices: 1, spacing_mm: [4, 1.3, 0.8], extent_mm: [10, 6], calibrated: true };
const GRID = { rows: 7, columns: 5, rowMm: 1.3, columnMm: 0.8, topMm: 0.6, leftMm: 1.1 };
const PIXELS = Uint16Array.from({ length: 9 * STRIDE }, (_, i) => (i * 7919) % 4096);
const WINDOW = { center: 1500, width: 900 }; // narrower than the values: edges are clipped

describe("CanvasRenderer", () => {
  for (const view of [
    { zoom: 1, panX: 0, panY: 0 },
    { zoom: 3.3, panX: 0.7, panY: -1.2 },
    { zoom: 0.3, panX: 0, panY: 0 },
    { zoom: 40, panX: 3, panY: 3 },
  ]) {
    for (const smooth of [true, false]) {
      it(`${smooth ? "interpolates before it windows" : "shows bare pixels"}, at zoom ${view.zoom}`, () => {
        const canvas = canvasOf(61, 83);
        const renderer = new CanvasRenderer(canvas);
        const placement = placePixels(place(FRAME, view, canvas), GRID);
        const line = greyLine(WINDOW, false);

        renderer.begin(FRAME);
        renderer.draw(0, { pixels: PIXELS, grid: GRID }, { placement, smooth, ...line });

        const { data } = canvas.context.shown;
        for (let i = 0; i < 61 * 83; i++) {
          const wanted = expectedGrey(PIXELS, GRID, placement, { line, smooth }, i % 61, Math.floor(i / 61));
          assert.ok(Math.abs(data[4 * i] - wanted) <= 0.51, `pixel ${i}: ${data[4 * i]} is not ${wanted}`);
          assert.deepEqual([data[4 * i + 1], data[4 * i + 3]], [data[4 * i], 255]);
        }
      });
    }
  }

  it("is black without pixels", () => {
    const canvas = canvasOf(4, 4);
    const renderer = new CanvasRenderer(canvas);

    renderer.begin(FRAME);
    renderer.draw(0, undefined, { placement: null, smooth: true, slope: 1, intercept: 1 });

    assert.deepEqual([...canvas.context.shown.data.slice(0, 4)], [0, 0, 0, 255]);
  });
});
