import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { brighten, dragWindow, greyLine, windowPercent } from "../../static/js/reading/windowing.js";

const STANDARD = { center: 600, width: 1000 };

/** PS3.3 C.11.2.1.2.1, as the standard's pseudo-code has it, for an output of 0..1. */
function standardGrey(x, { center: c, width: w }) {
  if (x <= c - 0.5 - (w - 1) / 2) return 0;
  if (x > c - 0.5 + (w - 1) / 2) return 1;
  return (x - (c - 0.5)) / (w - 1) + 0.5;
}

describe("greyLine", () => {
  it("is the standard's LINEAR function between its ends", () => {
    const { slope, intercept } = greyLine(STANDARD, false);

    for (let x = 0; x < 1500; x += 7) {
      const grey = Math.min(1, Math.max(0, x * slope + intercept));
      assert.ok(Math.abs(grey - standardGrey(x, STANDARD)) < 1e-12, `at ${x}`);
    }
  });

  it("turns black into white when inverted", () => {
    const [plain, inverted] = [false, true].map((inverse) => greyLine(STANDARD, inverse));

    for (const x of [200, 600, 900]) {
      const sum = x * plain.slope + plain.intercept + x * inverted.slope + inverted.intercept;
      assert.ok(Math.abs(sum - 1) < 1e-12);
    }
  });
});

describe("dragWindow", () => {
  it("feels the same whatever the range of values", () => {
    const small = { center: 6, width: 10 };
    const large = { center: 6000, width: 10_000 };

    const percents = [small, large].map((each) => windowPercent(dragWindow(each, each, 100, -50), each));

    assert.deepEqual(percents[0], { width: 120, level: -10 });
    assert.deepEqual(percents[1], percents[0]);
  });

  it("never turns the window inside out", () => {
    assert.ok(dragWindow(STANDARD, STANDARD, -1e9, 0).width >= 1);
  });
});

describe("brighten", () => {
  it("lowers the centre, and back again", () => {
    const brighter = brighten(STANDARD, STANDARD, 1);

    assert.ok(brighter.center < STANDARD.center);
    assert.deepEqual(brighten(brighter, STANDARD, -1), STANDARD);
  });
});

describe("windowPercent", () => {
  it("shows the default as 100 per cent at level 0, never as raw numbers", () => {
    assert.deepEqual(windowPercent(STANDARD, STANDARD), { width: 100, level: 0 });
  });
});
