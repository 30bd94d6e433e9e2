import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { place } from "../../static/js/reading/geometry.js";
import { CanvasRenderer } from "../../static/js/reading/renderer-2d.js";
import { greyLine } from "../../static/js/reading/windowing.js";

function canvasOf(width, height) {
  const context = {
    createImageData: (w, h) => ({ width: w, height: h, data: new Uint8ClampedArray(4 * w * h) }),
    putImageData: (image) => (context.shown = image),
  };
  return { width, height, getContext: () => context, context };
}

/** Bilinear in stored values, then the window: the definition, one pixel at a time. */
function expectedGrey(pixels, { rows, columns }, { scaleX, scaleY, offsetX, offsetY }, line, x, y) {
  const [u, v] = [(x + 0.5 - offsetX) / scaleX, (y + 0.5 - offsetY) / scaleY];
  if (u < 0 || v < 0 || u >= columns || v >= rows) return 0;
  const at = (row, column) =>
    pixels[Math.min(rows - 1, Math.max(0, row)) * columns + Math.min(columns - 1, Math.max(0, column))];
  const [column, row] = [Math.floor(u - 0.5), Math.floor(v - 0.5)];
  const [p, q] = [u - 0.5 - column, v - 0.5 - row];
  const top = at(row, column) * (1 - p) + at(row, column + 1) * p;
  const bottom = at(row + 1, column) * (1 - p) + at(row + 1, column + 1) * p;
  const grey = (top * (1 - q) + bottom * q) * line.slope + line.intercept;
  return 255 * Math.min(1, Math.max(0, grey));
}

const SHAPE = { rows: 7, columns: 5, slices: 1, spacing_mm: [4, 1.3, 0.8] };
const PIXELS = Uint16Array.from({ length: 35 }, (_, i) => (i * 7919) % 4096);
const WINDOW = { center: 1500, width: 900 }; // narrower than the values: edges are clipped

describe("CanvasRenderer", () => {
  for (const view of [
    { zoom: 1, panX: 0, panY: 0 },
    { zoom: 3.3, panX: 0.7, panY: -1.2 },
    { zoom: 0.3, panX: 0, panY: 0 },
  ]) {
    it(`interpolates before it windows, at zoom ${view.zoom}`, () => {
      const canvas = canvasOf(61, 83);
      const renderer = new CanvasRenderer(canvas);
      const placement = place(SHAPE, view, canvas);
      const line = greyLine(WINDOW, false);

      renderer.begin(SHAPE);
      renderer.draw(0, PIXELS, { placement, ...line });

      const { data } = canvas.context.shown;
      for (let i = 0; i < 61 * 83; i++) {
        const wanted = expectedGrey(PIXELS, SHAPE, placement, line, i % 61, Math.floor(i / 61));
        assert.ok(Math.abs(data[4 * i] - wanted) <= 0.51, `pixel ${i}: ${data[4 * i]} is not ${wanted}`);
        assert.deepEqual([data[4 * i + 1], data[4 * i + 3]], [data[4 * i], 255]);
      }
    });
  }

  it("is black without pixels", () => {
    const canvas = canvasOf(4, 4);
    const renderer = new CanvasRenderer(canvas);

    renderer.begin(SHAPE);
    renderer.draw(0, undefined, { placement: place(SHAPE, { zoom: 1, panX: 0, panY: 0 }, canvas), slope: 1, intercept: 1 });

    assert.deepEqual([...canvas.context.shown.data.slice(0, 4)], [0, 0, 0, 255]);
  });
});
