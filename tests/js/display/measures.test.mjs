import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { isLargeEnough, measure, zoomOf } from "../../../static/js/display/measures.js";

const view = (changes = {}) => ({
  devicePixelRatio: 1.25,
  innerWidth: 1520,
  innerHeight: 760,
  outerWidth: 1536,
  outerHeight: 864,
  screen: { width: 1536, height: 864, colorDepth: 24 },
  ...changes,
});

describe("measure", () => {
  it("tells device pixels of screen and window", () => {
    assert.deepEqual(measure(view(), null), {
      screen_width_px: 1920,
      screen_height_px: 1080,
      window_width_px: 1900,
      window_height_px: 950,
      colour_depth: 24,
      pixel_ratio: 1.25,
      pixel_pitch_mm: null,
    });
  });

  it("does not take a zoomed page for a larger screen", () => {
    const zoomed = view({ devicePixelRatio: 2.5, innerWidth: 768 });

    assert.equal(zoomOf(zoomed), 2);
    assert.equal(measure(zoomed, null).screen_width_px, 1920);
  });

  it("makes the size of a pixel from a card of 85.6 mm", () => {
    assert.equal(measure(view(), 342.4).pixel_pitch_mm, 0.2);
  });
});

describe("zoomOf", () => {
  it("is not misled by the frame of a window, nor by a browser that tells nothing", () => {
    assert.equal(zoomOf(view()), 1);
    assert.equal(zoomOf({ innerWidth: 0, outerWidth: 100 }), 1);
    assert.equal(zoomOf({ innerWidth: 100, outerWidth: 0 }), 1);
  });
});

describe("isLargeEnough", () => {
  it("wants both edges", () => {
    const screen = { screen_width_px: 1920, screen_height_px: 1080 };

    assert.equal(isLargeEnough(screen, { width: 1920, height: 1080 }), true);
    assert.equal(isLargeEnough(screen, { width: 0, height: 1200 }), false);
  });
});
