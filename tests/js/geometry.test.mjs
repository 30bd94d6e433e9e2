import assert from "node:assert/strict";
import { describe, it } from "node:test";

import {
  FIT,
  oneToOne,
  panBy,
  place,
  placePixels,
  scaleBar,
  toDevice,
  toFrame,
  zoomAt,
} from "../../static/js/reading/geometry.js";

const FRAME = { rows: 512, columns: 512, slices: 20, spacing_mm: [4, 0.5, 0.5], extent_mm: [256, 256], calibrated: true };
const GRID = { rows: 512, columns: 512, rowMm: 0.5, columnMm: 0.5, topMm: 0, leftMm: 0 };
const TALL_FRAME = { ...FRAME, spacing_mm: [4, 2, 0.5], extent_mm: [200, 100] };
const TALL_GRID = { ...GRID, rows: 100, columns: 200, rowMm: 2 };
const SIZE = { width: 800, height: 600 };

const close = (got, wanted, within = 1e-9) => assert.ok(Math.abs(got - wanted) <= within, `${got} is not ${wanted}`);

describe("place", () => {
  it("fits the frame into the canvas and centres it", () => {
    const placement = place(FRAME, FIT, SIZE);

    close(placement.pixelsPerMm, 600 / 256);
    close(placement.offsetX, 100);
    close(placement.offsetY, 0);
  });
});

describe("placePixels", () => {
  it("keeps the physical aspect of pixels that are not square", () => {
    const placement = placePixels(place(TALL_FRAME, FIT, SIZE), TALL_GRID);

    close(placement.scaleY / placement.scaleX, 4);
    close(placement.scaleY * 100, 600);
    close(placement.offsetX, 250);
  });

  it("puts the image on whole screen pixels", () => {
    const view = { zoom: 1.37, panX: 3.3, panY: -7.1 };
    const placement = placePixels(place(FRAME, view, { width: 801, height: 600 }), GRID);

    assert.ok(Number.isInteger(placement.offsetX) && Number.isInteger(placement.offsetY));
  });

  it("shows the same place at the same point whatever the grid of the side", () => {
    const placement = place(FRAME, { zoom: 2, panX: 5, panY: 0 }, SIZE);
    const other = { rows: 300, columns: 320, rowMm: 0.8, columnMm: 0.75, topMm: 12, leftMm: 8 };

    const [one, two] = [GRID, other].map((grid) => placePixels(placement, grid));

    // The point 60 mm down and 48 mm right of the frame's corner, through either grid.
    close(one.offsetX + (48 / 0.5) * one.scaleX, two.offsetX + (40 / 0.75) * two.scaleX, 1);
    close(one.offsetY + (60 / 0.5) * one.scaleY, two.offsetY + (48 / 0.8) * two.scaleY, 1);
  });
});

describe("toDevice and toFrame", () => {
  it("are each other's inverse", () => {
    const placement = place(FRAME, { zoom: 1.7, panX: -3, panY: 8 }, SIZE);

    const there = toDevice(placement, toFrame(placement, { x: 123, y: 456 }));

    close(there.x, 123, 1e-6);
    close(there.y, 456, 1e-6);
  });
});

describe("zoomAt", () => {
  it("keeps the place under the pointer where it is", () => {
    const pointer = { x: 640, y: 120 };
    const before = toFrame(place(FRAME, FIT, SIZE), pointer);

    const view = zoomAt(FRAME, FIT, SIZE, pointer, 2.5);

    const after = toFrame(place(FRAME, view, SIZE), pointer);
    close(view.zoom, 2.5);
    close(after.x, before.x, 1e-6);
    close(after.y, before.y, 1e-6);
  });

  it("stops at the limits", () => {
    assert.equal(zoomAt(FRAME, FIT, SIZE, { x: 0, y: 0 }, 1e6).zoom, 40);
    assert.equal(zoomAt(FRAME, FIT, SIZE, { x: 0, y: 0 }, 1e-6).zoom, 0.1);
  });
});

describe("panBy", () => {
  it("moves the image by as many screen pixels as the pointer", () => {
    const view = panBy(FRAME, FIT, SIZE, 30, -40);

    const [before, after] = [FIT, view].map((each) => place(FRAME, each, SIZE));
    close(after.offsetX - before.offsetX, 30, 1e-6);
    close(after.offsetY - before.offsetY, -40, 1e-6);
  });

  it("never loses the image off the screen", () => {
    assert.equal(panBy(FRAME, FIT, SIZE, 1e6, 0).panX, 128);
  });
});

describe("oneToOne", () => {
  it("shows one image pixel on one screen pixel", () => {
    const placement = placePixels(place(FRAME, oneToOne(FRAME, FIT, SIZE), SIZE), GRID);

    close(placement.scaleX, 1);
    close(placement.scaleY, 1);
  });

  it("drops no stored pixel where pixels are not square", () => {
    const placement = placePixels(place(TALL_FRAME, oneToOne(TALL_FRAME, FIT, SIZE), SIZE), TALL_GRID);

    close(placement.scaleX, 1);
    close(placement.scaleY, 4);
  });
});

describe("scaleBar", () => {
  it("is a round length of at most a third of the canvas", () => {
    const bar = scaleBar(place(FRAME, FIT, SIZE), SIZE); // 600 / 256 pixels a mm

    assert.deepEqual([bar.mm, Math.round(bar.pixels)], [100, 234]);
  });
});
