import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FIT, oneToOne, panBy, place, scaleBar, toImage, zoomAt } from "../../static/js/reading/geometry.js";

const SQUARE = { rows: 512, columns: 512, slices: 20, spacing_mm: [4, 0.5, 0.5] };
const TALL_PIXELS = { rows: 100, columns: 200, slices: 9, spacing_mm: [4, 2, 0.5] };
const SIZE = { width: 800, height: 600 };

const close = (got, wanted, within = 1e-9) => assert.ok(Math.abs(got - wanted) <= within, `${got} is not ${wanted}`);

describe("place", () => {
  it("fits the image into the canvas and centres it", () => {
    const placement = place(SQUARE, FIT, SIZE);

    close(placement.scaleX, 600 / 512);
    close(placement.offsetX, 100);
    close(placement.offsetY, 0);
  });

  it("keeps the physical aspect of pixels that are not square", () => {
    const placement = place(TALL_PIXELS, FIT, SIZE); // 100 mm wide, 200 mm high

    close(placement.scaleY / placement.scaleX, 4);
    close(placement.scaleY * 100, 600);
    close(placement.offsetX, 250);
  });

  it("puts the image on whole screen pixels", () => {
    const placement = place(SQUARE, { zoom: 1.37, panX: 3.3, panY: -7.1 }, { width: 801, height: 600 });

    assert.ok(Number.isInteger(placement.offsetX) && Number.isInteger(placement.offsetY));
  });
});

describe("zoomAt", () => {
  it("keeps the point under the pointer where it is", () => {
    const pointer = { x: 640, y: 120 };
    const before = toImage(place(SQUARE, FIT, SIZE), pointer);

    const view = zoomAt(SQUARE, FIT, SIZE, pointer, 2.5);

    const after = toImage(place(SQUARE, view, SIZE), pointer);
    close(view.zoom, 2.5);
    close(after.x, before.x, 0.3); // offsets are rounded to whole pixels
    close(after.y, before.y, 0.3);
  });

  it("stops at the limits", () => {
    assert.equal(zoomAt(SQUARE, FIT, SIZE, { x: 0, y: 0 }, 1e6).zoom, 40);
    assert.equal(zoomAt(SQUARE, FIT, SIZE, { x: 0, y: 0 }, 1e-6).zoom, 0.1);
  });
});

describe("panBy", () => {
  it("moves the image by as many screen pixels as the pointer", () => {
    const view = panBy(SQUARE, FIT, SIZE, 30, -40);

    const [before, after] = [FIT, view].map((each) => place(SQUARE, each, SIZE));
    assert.deepEqual([after.offsetX - before.offsetX, after.offsetY - before.offsetY], [30, -40]);
  });

  it("never loses the image off the screen", () => {
    assert.equal(panBy(SQUARE, FIT, SIZE, 1e6, 0).panX, 256);
  });
});

describe("oneToOne", () => {
  it("shows one image pixel on one screen pixel", () => {
    const placement = place(SQUARE, oneToOne(SQUARE, FIT, SIZE), SIZE);

    close(placement.scaleX, 1);
    close(placement.scaleY, 1);
  });

  it("drops no stored pixel where pixels are not square", () => {
    const placement = place(TALL_PIXELS, oneToOne(TALL_PIXELS, FIT, SIZE), SIZE);

    close(placement.scaleX, 1);
    close(placement.scaleY, 4);
  });
});

describe("scaleBar", () => {
  it("is a round length of at most a third of the canvas", () => {
    const bar = scaleBar(place(SQUARE, FIT, SIZE), SIZE); // 600 / 256 pixels a mm

    assert.deepEqual([bar.mm, Math.round(bar.pixels)], [100, 234]);
  });
});
